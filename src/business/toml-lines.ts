import { parse } from 'smol-toml';

const KEY = String.raw`(?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+)`;
const DOTTED = String.raw`${KEY}(?:\s*\.\s*${KEY})*`;
const HEADER = new RegExp(String.raw`^\s*\[{1,2}\s*(${DOTTED})\s*\]{1,2}\s*(?:#.*)?$`);
const SETTING = new RegExp(String.raw`^\s*(${DOTTED})\s*=`);

/**
 * The line of a setting in a valid TOML text, counted from 1: that of its last key that can be found.
 * @param item text of one entry of a list, to find its line where a list takes several
 * @returns null if not even its section is there
 */
export function lineOf(text: string, path: readonly string[], item?: string): number | null {
  const lines = text.split(/\r?\n/);
  let section: string[] = [];
  let best = { depth: 0, at: -1 };
  for (const [at, line] of lines.entries()) {
    const header = HEADER.exec(line)?.[1];
    const setting = header ? undefined : SETTING.exec(line)?.[1];
    if (header) section = toPath(`[${header}]`);
    if (!header && !setting) continue;
    const depth = commonDepth(header ? section : [...section, ...toPath(`${setting} = 0`)], path);
    if (depth > best.depth) best = { depth, at };
  }
  if (best.at < 0) return null;
  return 1 + (item === undefined ? best.at : lineOfItem(lines, best.at, item));
}

/** The keys of one line, as the parser reads them. */
function toPath(line: string): string[] {
  const path: string[] = [];
  let value: unknown = parse(line);
  while (typeof value === 'object' && value !== null) {
    const [key] = Object.keys(value);
    if (key === undefined) break;
    path.push(key);
    value = (value as Record<string, unknown>)[key];
  }
  return path;
}

/** How many keys of `path` the line shares; 0 if it is about something else. */
function commonDepth(line: string[], path: readonly string[]): number {
  const depth = Math.min(line.length, path.length);
  return line.slice(0, depth).every((key, at) => key === path[at]) ? depth : 0;
}

function lineOfItem(lines: string[], from: number, item: string): number {
  const spellings = [JSON.stringify(item), `'${item}'`];
  const at = lines.findIndex((line, index) => index >= from && spellings.some((text) => line.includes(text)));
  return at < 0 ? from : at;
}
