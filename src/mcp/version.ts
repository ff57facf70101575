import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../config/config.ts';

/** The version of this program, as package.json says it. The bundle has it inside in place of this file. */
export function programVersion(): string {
  const file = readFileSync(join(projectRoot(), 'package.json'), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}
