import { readFileSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import { parse } from 'smol-toml';
import { ConfigError } from '../errors.ts';

/**
 * The files that a dr365.toml names (`password_file`, `ca_file` and the like), by their paths as they stand there.
 * @param folder where the file lies
 * @returns nothing for a text that is no TOML: who uses it says so, with the line
 * @throws ConfigError if one is not beside the file, or cannot be read
 */
export function filesOfToml(text: string, folder: string): Record<string, string> {
  return Object.fromEntries(
    pathsIn(tryParse(text), []).map(([key, path]) => [normalize(path), readBeside(key, path, folder)]),
  );
}

function tryParse(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return {};
  }
}

function pathsIn(value: unknown, keys: readonly string[]): [string, string][] {
  const name = keys.at(-1) ?? '';
  if (typeof value === 'string') return /_(file|path)$/.test(name) ? [[keys.join('.'), value]] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...keys, key]));
}

function readBeside(key: string, path: string, folder: string): string {
  const isInside = !isAbsolute(path) && !normalize(path).startsWith('..');
  if (!isInside)
    throw new ConfigError(
      `dr365.toml: ${key} = ${JSON.stringify(path)}: with compose such a file has to lie beside dr365.toml or in a folder below, and be named from there`,
    );
  try {
    return readFileSync(join(folder, path), 'utf8');
  } catch (cause) {
    throw new ConfigError(`dr365.toml: ${key} = ${JSON.stringify(path)} cannot be read`, { cause });
  }
}
