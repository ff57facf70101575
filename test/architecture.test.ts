import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { packagesOf, ROOT, reachable, sourceFiles } from './support/imports.ts';

/** Network and process libraries that a part without network must not reach, through whatever file. */
const NETWORK = [
  'undici',
  '@azure/identity',
  'node:http',
  'node:https',
  'node:http2',
  'node:net',
  'node:tls',
  'node:dgram',
  'node:child_process',
];

/** For files in `from`: what may not be reached, be it a folder of ours or a package. */
const RULES: { from: string; never: string[]; except?: string[] }[] = [
  {
    from: 'src/mcp',
    never: [
      'src/http',
      'src/veeam',
      'src/azure',
      'src/recovery-services',
      'src/pipeline',
      'src/simulator',
      'workers',
    ],
  },
  {
    from: 'src/recovery-services',
    never: ['src/db', 'src/queries', 'src/pipeline', 'src/simulator', 'pg', 'kysely', 'workers'],
  },
  {
    from: 'src/queries',
    never: ['src/http', 'src/veeam', 'src/azure', 'src/pipeline', 'src/mcp', 'src/simulator', 'workers'],
  },
  {
    from: 'src/pipeline',
    never: ['src/http', 'src/veeam', 'src/azure', 'src/mcp', 'src/simulator', 'workers'],
  },
  {
    from: 'src/veeam',
    never: ['src/db', 'src/mcp', 'src/pipeline', 'src/queries', 'src/simulator', 'workers'],
  },
  {
    from: 'src/azure',
    never: ['src/db', 'src/mcp', 'src/pipeline', 'src/queries', 'src/simulator', 'workers'],
  },
  {
    from: 'src/http',
    never: ['src/db', 'src/mcp', 'src/pipeline', 'src/queries', 'src/simulator', 'src/veeam', 'workers'],
  },
  {
    from: 'src/db',
    never: ['src/http', 'src/veeam', 'src/mcp', 'src/pipeline', 'src/queries', 'src/simulator', 'workers'],
  },
  { from: 'workers', never: ['src/mcp', 'src/simulator', 'src/cli'] },
  {
    from: 'src/observability',
    never: ['src/azure', 'src/recovery-services', 'src/pipeline', 'src/simulator', 'src/cli', 'workers'],
  },
  {
    from: 'src/simulator',
    never: [
      'src/analysis',
      'src/db',
      'src/veeam',
      'src/http',
      'src/mcp',
      'src/pipeline',
      'src/queries',
      'workers',
    ],
  },
  { from: 'workers/risk', never: ['src/http', 'src/veeam', 'src/azure', ...NETWORK] },
  { from: 'workers/remediation', never: ['src/http', 'src/veeam', 'src/azure', ...NETWORK] },
];

const BUSINESS_MAY_IMPORT = ['src/business/', 'src/analysis/', 'src/errors.ts', 'src/formats.ts'];
const ANALYSIS_MAY_IMPORT = ['simple-statistics', 'ml-regression-polynomial'];

for (const { from, never } of RULES) {
  test(`${from} never reaches ${never.join(', ')}`, () => {
    for (const file of sourceFiles(from)) {
      const { files, packages } = reachable(file);
      const wrong = [
        ...[...files].filter(([path]) => never.some((folder) => path.startsWith(`${folder}/`))),
        ...[...packages].filter(([name]) => never.includes(name)),
      ];
      assert.deepEqual(
        wrong.map(([path, chain]) => `${path} by ${chain}`),
        [],
        file,
      );
    }
  });
}

test('src/analysis imports its own folder and two statistics libraries, nothing else', () => {
  for (const file of sourceFiles('src/analysis')) {
    const { files, packages } = reachable(file);
    assert.deepEqual(
      [...files.keys()].filter((path) => !path.startsWith('src/analysis/')),
      [],
      file,
    );
    assert.deepEqual(
      [...packages.keys()].filter((name) => !ANALYSIS_MAY_IMPORT.includes(name)),
      [],
      file,
    );
  }
});

test('src/business imports its own folder, the errors and the analysis, nothing else', () => {
  for (const file of sourceFiles('src/business')) {
    const { files, packages } = reachable(file);
    const isAllowed = (path: string) => BUSINESS_MAY_IMPORT.some((start) => path.startsWith(start));
    assert.deepEqual(
      [...files.keys()].filter((path) => !isAllowed(path)),
      [],
      file,
    );
    assert.deepEqual(
      [...packages.keys()].filter((name) => NETWORK.includes(name)),
      [],
      file,
    );
  }
});

test('the environment is read by the configuration and the command line alone', () => {
  for (const file of [...sourceFiles('src'), ...sourceFiles('workers'), ...sourceFiles('db')]) {
    if (file === 'src/config/config.ts' || file.startsWith('src/cli/')) continue;
    const reads = readFileSync(join(ROOT, file), 'utf8').match(/process\.env\.\w+/g) ?? [];
    assert.deepEqual(reads, [], file);
  }
});

test('every folder of source files is named in the documentation of the architecture', () => {
  const text = readFileSync(join(ROOT, 'DOCS/architecture.md'), 'utf8');
  const folders = readdirSync(join(ROOT, 'src')).filter((name) =>
    statSync(join(ROOT, 'src', name)).isDirectory(),
  );
  for (const folder of folders)
    assert.ok(text.includes(`src/${folder}`), `DOCS/architecture.md does not mention src/${folder}`);
});

test('the rules above see imports at all', () => {
  const { files } = reachable('src/cli/worker.ts');
  const expected = relative(ROOT, resolve(dirname(join(ROOT, 'src/cli/worker.ts')), '../config/config.ts'));
  assert.ok(files.has(expected));
  assert.ok(packagesOf('src/db/connect.ts').includes('pg'));
});
