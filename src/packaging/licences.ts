import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './replaced.ts';

type Package = { version: string; license?: string };

/** The licences of packages whose code is passed on, one after the other, as they ask for. */
export function collectLicences(packages: readonly string[]): string {
  return packages.map(toSection).join(`\n${'-'.repeat(80)}\n\n`);
}

function toSection(name: string): string {
  const folder = join(ROOT, 'node_modules', name);
  const { version, license = 'see its page' } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Package;
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file
    ? readFileSync(join(folder, file), 'utf8').trim()
    : 'The package has no file with its licence.';
  return `${name} ${version} (${license})\n\n${text}\n`;
}
