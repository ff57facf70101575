import { inflateSync } from 'node:zlib';

/** The family's name, for `font-family`. */
export const FONT = 'DejaVu Sans';

const WOFF_HEADER = 44;
const WOFF_ENTRY = 20;

/**
 * The font within a WOFF 1.0 file: its tables, each compressed by itself or not, behind a header of TrueType.
 * @see https://www.w3.org/TR/WOFF/
 */
export function woffToTrueType(woff: Buffer): Uint8Array {
  if (woff.toString('latin1', 0, 4) !== 'wOFF') throw new Error('not a WOFF file');
  const count = woff.readUInt16BE(12);
  const font = Buffer.alloc(woff.readUInt32BE(16));
  writeHeader(font, woff.readUInt32BE(4), count);
  let at = 12 + 16 * count;
  for (let index = 0; index < count; index += 1) {
    const entry = WOFF_HEADER + WOFF_ENTRY * index;
    const table = tableOf(woff, entry);
    const record = 12 + 16 * index;
    woff.copy(font, record, entry, entry + 4); // tag
    woff.copy(font, record + 4, entry + 16, entry + 20); // checksum
    font.writeUInt32BE(at, record + 8);
    font.writeUInt32BE(table.length, record + 12);
    table.copy(font, at);
    at += (table.length + 3) & ~3;
  }
  return font;
}

function writeHeader(font: Buffer, flavour: number, count: number): void {
  const power = Math.floor(Math.log2(count));
  font.writeUInt32BE(flavour, 0);
  font.writeUInt16BE(count, 4);
  font.writeUInt16BE(2 ** power * 16, 6);
  font.writeUInt16BE(power, 8);
  font.writeUInt16BE(count * 16 - 2 ** power * 16, 10);
}

function tableOf(woff: Buffer, entry: number): Buffer {
  const offset = woff.readUInt32BE(entry + 4);
  const stored = woff.readUInt32BE(entry + 8);
  const whole = woff.readUInt32BE(entry + 12);
  const bytes = woff.subarray(offset, offset + stored);
  return stored < whole ? inflateSync(bytes) : bytes;
}
