import { build, type Metafile, type Plugin } from 'esbuild';
import { type Asset, type Part, packParts } from './pack.ts';
import { type Ready, ROOT, readAssets, replaceModules } from './replaced.ts';

export type Bundle = {
  code: string;
  /** Names of the packages whose code is in it. */
  packages: string[];
};

/** Packages that are asked for only if they are there. */
const OPTIONAL = ['pg-native', 'cloudflare:sockets'];

/** The MCP server with everything it needs, as one file of JavaScript. @param ready what is known when it is built */
export const bundleServer = (ready: Ready): Promise<Bundle> =>
  bundle('src/packaging/entry.ts', [replaceModules(ready)], readAssets());

/** A program as one file: what its entry imports is loaded at the start, what it loads by `import()` when it does. */
export async function bundle(entry: string, plugins: Plugin[] = [], assets: Asset[] = []): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { entry },
    outdir: 'dist',
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    charset: 'ascii',
    minify: true,
    legalComments: 'none',
    external: OPTIONAL,
    define: { 'import.meta.url': '__filename' },
    plugins,
    logLevel: 'warning',
  });
  const atStart = neededAtStart(metafile);
  const parts = outputFiles.map(({ path, text }): Part => {
    const name = `./${path.split(/[\\/]/).at(-1)}`;
    return { name, code: text, when: atStart.has(name) ? 'start' : 'later' };
  });
  return { code: await packParts(parts, assets), packages: packagesIn(metafile) };
}

/** The entry and what it imports, and that imports, without what is loaded by `import()`. */
function neededAtStart({ outputs }: Metafile): Set<string> {
  const found = new Set(['dist/entry.js']);
  for (const output of found) {
    for (const { path, kind } of outputs[output]?.imports ?? [])
      if (kind === 'import-statement' && outputs[path]) found.add(path);
  }
  return new Set([...found].map((output) => output.replace(/^dist\//, './')));
}

function packagesIn({ inputs }: Metafile): string[] {
  const names = Object.keys(inputs).map(
    (input) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(input)?.[1],
  );
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}
