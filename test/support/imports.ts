import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

/** All .ts files below a folder of the project; none if there is no such folder. */
export function sourceFiles(folder: string): string[] {
  try {
    return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file));
  } catch {
    return [];
  }
}

/** What a file imports, and what that imports, and so on: our files and packages, each with the chain that leads there. */
export function reachable(file: string): { files: Map<string, string>; packages: Map<string, string> } {
  const files = new Map([[file, file]]);
  const packages = new Map<string, string>();
  for (const [current, chain] of files) {
    for (const specifier of importsOf(current)) {
      const next = specifier.startsWith('.')
        ? relative(ROOT, resolve(ROOT, dirname(current), specifier))
        : undefined;
      if (next === undefined) packages.set(packageName(specifier), chain);
      else if (next.endsWith('.ts') && !files.has(next)) files.set(next, `${chain} → ${next}`);
    }
  }
  return { files, packages };
}

export const packagesOf = (file: string) =>
  importsOf(file)
    .filter((name) => !name.startsWith('.'))
    .map(packageName);

/** Type-only imports are gone after stripping, so what is left is what runs. Imports by `import()` count. */
function importsOf(file: string): string[] {
  const code = stripTypeScriptTypes(readFileSync(join(ROOT, file), 'utf8'));
  const found = code.matchAll(
    /(?:^|[\n;])\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|(?:^|[\n;])\s*import\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g,
  );
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

const packageName = (specifier: string) =>
  specifier.startsWith('node:')
    ? specifier
    : specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');
