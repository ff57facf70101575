import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from '../errors.ts';

const LARGEST_BYTES = 200 * 2 ** 20;

/** The text of a file that a person named. @throws ConfigError if it is too large, no UTF-8 or not readable */
export function readText(file: string): string {
  try {
    if (statSync(file).size > LARGEST_BYTES)
      throw new ConfigError(`${file} is larger than 200 MiB: split it`);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    const why =
      cause instanceof TypeError ? 'it is not UTF-8 text' : String((cause as NodeJS.ErrnoException).code);
    throw new ConfigError(`${file} cannot be read: ${why}`, { cause });
  }
}
