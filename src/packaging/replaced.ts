import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Plugin } from 'esbuild';
import type { Asset } from './pack.ts';

export const ROOT = join(import.meta.dirname, '../..');

/** What the bundle holds ready made. */
export type Ready = { version: string; listed: unknown };

/** Files of packages that are data, by the names that `src/mcp/charts/assets.ts` has for them. */
const ASSETS = {
  renderer: '@resvg/resvg-wasm/index_bg.wasm',
  font: '@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff',
};

/** The files that modules of the bundle read, compressed. */
export function readAssets(): Asset[] {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  return Object.entries(ASSETS).map(([name, file]) => ({
    name,
    bytes: brotliCompressSync(readFileSync(join(ROOT, 'node_modules', file)), { params }),
  }));
}

/**
 * Modules that read something beside them are replaced by what they would read, so that the bundle needs no other file;
 * and paths count from the project, of which the bundle's folder is one.
 */
export function replaceModules({ version, listed }: Ready): Plugin {
  const modules: Record<string, string> = {
    'src/mcp/version.ts': `export const programVersion = () => ${JSON.stringify(version)};`,
    'src/mcp/listed-tools.ts': `const text = ${JSON.stringify(JSON.stringify(listed))};
      export const listedTools = async () => JSON.parse(text);`,
    'src/mcp/charts/assets.ts': `import { brotliDecompressSync } from 'node:zlib';
      export const readAsset = async (name) => brotliDecompressSync(require.asset(name));`,
  };
  return {
    name: 'replace modules',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const file = relative(ROOT, path).replaceAll('\\', '/');
        const made = modules[file];
        if (made !== undefined) return { contents: made, loader: 'js', resolveDir: ROOT };
        return { contents: withPaths(readFileSync(path, 'utf8'), dirname(file)), loader: 'ts' };
      });
      // The SDK checks answers of a client by JSON schema; we ask clients nothing, and the checker is a tenth of the start.
      build.onLoad({ filter: /[\\/]validation[\\/]ajv-provider\.js$/ }, () => ({ contents: NO_VALIDATOR }));
      // A log that is written by a thread of its own: we write to stderr.
      build.onLoad({ filter: /[\\/]pino[\\/]lib[\\/]transport\.js$/ }, () => ({
        contents: `module.exports = () => { throw new Error('this log has no transports'); };`,
      }));
      build.onResolve({ filter: /^node:fs$/ }, ({ importer }) =>
        relative(ROOT, importer) === join('db', 'migrate.ts')
          ? { path: 'migrations', namespace: 'migrations' }
          : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'migrations' }, () => ({ contents: migrationsModule() }));
    },
  };
}

const NO_VALIDATOR = `export class AjvJsonSchemaValidator {
  getValidator() { throw new Error('this server asks clients nothing'); }
}`;

const withPaths = (code: string, folder: string) =>
  code.replaceAll(
    'import.meta.dirname',
    `require('node:path').join(__dirname, '..', ${JSON.stringify(folder)})`,
  );

/** The folders of migrations as a module that reads like the file system. */
function migrationsModule(): string {
  const folders = Object.fromEntries(
    ['metrics', 'risk'].map((kind) => {
      const folder = join(ROOT, 'db', kind);
      const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
      return [
        kind,
        Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')])),
      ];
    }),
  );
  return `import { basename, dirname } from 'node:path';
    const folders = ${JSON.stringify(folders)};
    export const readdirSync = (folder) => Object.keys(folders[basename(folder)]);
    export const readFileSync = (file) => folders[basename(dirname(file))][basename(file)];`;
}
