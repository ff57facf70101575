// Run by itself (node test/mcp/apps/render-views.ts), it writes src/mcp/apps/generated-views.ts.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { toPage } from '../../../src/mcp/apps/page.ts';

const APPS = join(import.meta.dirname, '../../../src/mcp/apps');
export const GENERATED = join(APPS, 'generated-views.ts');

/** The views, each with the words in the title of its document. */
const TITLES = {
  capacity: 'Capacity',
  health: 'Health',
  recovery: 'Recovery',
  risk: 'Risks',
};

/** The text of the generated module: each view bundled, minified and wrapped in its page. */
export async function renderViews(): Promise<string> {
  const parts = await Promise.all(
    Object.entries(TITLES).map(async ([view, title]) => {
      const page = toPage(title, await bundle(join(APPS, 'views', `${view}.ts`)));
      return `export const ${view}Page = \`${page.replace(/[\\`]|\$\{/g, '\\$&')}\`;\n`;
    }),
  );
  const head =
    '// Made of views/*.ts by test/mcp/apps/render-views.ts; a test says when it is not current.\n';
  return [head, ...parts].join('\n');
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    minify: true,
    charset: 'utf8',
    target: 'es2022',
    legalComments: 'none',
  });
  return outputFiles[0]?.text.trim() ?? '';
}

if (import.meta.main) await writeFile(GENERATED, await renderViews());
