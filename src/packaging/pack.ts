import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'esbuild';

/** A module of the bundle: `name` is how the others require it. */
export type Part = { name: string; code: string; when: 'start' | 'later' };
/** Bytes that a module reads by their name. */
export type Asset = { name: string; bytes: Buffer };

/** Stands for the end of a comment within one. */
const END_OF_COMMENT = '*@/';

/** One file that holds all parts: those for later and the assets in comments at its end. */
export async function packParts(parts: Part[], assets: Asset[]): Promise<string> {
  const modules = await Promise.all(parts.map(toCommonJs));
  const now = modules
    .filter(({ when }) => when === 'start')
    .map(({ name, code }) => `${JSON.stringify(name)}: function (require, module, exports) {\n${code}\n}`);
  const later = modules
    .filter(({ when }) => when === 'later')
    .map(({ name, code }) => ({ name, text: toComment(name, code) }));
  const stored = assets.map(({ name, bytes }) => ({ name, text: bytes.toString('base64') }));
  const { tail, places } = toTail([...later, ...stored]);
  const loader = readFileSync(join(import.meta.dirname, 'loader.cjs'), 'utf8')
    .replace('const NOW = {};', () => `const NOW = {\n${now.join(',\n')}\n};`)
    .replace('const LATER = {};', () => `const LATER = ${JSON.stringify(places)};`);
  return loader + tail;
}

async function toCommonJs({ name, code, when }: Part): Promise<Part> {
  const made = await transform(code, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minify: true,
    legalComments: 'none',
    supported: { 'dynamic-import': false }, // `import()` of a part is a require of it
  });
  return { name, when, code: toAscii(made.code.trim()) };
}

function toComment(name: string, code: string): string {
  if (code.includes(END_OF_COMMENT))
    throw new Error(`${name} has ${END_OF_COMMENT} in it: choose another sign`);
  return code.replaceAll('*/', END_OF_COMMENT);
}

/** Where a part starts, in bytes from the end, how long it is, and its SHA-256: the file may be replaced while it runs. */
type Places = Record<string, [fromEnd: number, length: number, digest: string]>;

/** Places are counted from the end, so that they do not depend on how long the text is that holds them. */
function toTail(texts: { name: string; text: string }[]): {
  tail: string;
  places: Places;
} {
  const places: Places = {};
  let tail = '';
  for (const { name, text } of texts.toReversed()) {
    tail = `/*${name}\n${text}\n*/\n${tail}`;
    const digest = createHash('sha256').update(text).digest('base64');
    places[name] = [tail.length - `/*${name}\n`.length, text.length, digest];
  }
  return { tail, places };
}

/**
 * A character outside of ASCII would double the memory of the whole text, and move the places. What is left of them stands
 * in regular expressions, where an escape means the same.
 */
const toAscii = (code: string) =>
  code.replaceAll(/[^\t\n\r\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
