import { readFileSync } from 'node:fs';
import { join } from 'node:path';

let version: string | undefined;

/** The version of this program, as package.json says it. */
export function programVersion(): string {
  version ??= (
    JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string }
  ).version;
  return version;
}
