import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const BUILD = join(import.meta.dirname, '../../src/packaging/build.ts');

export type Built = Disposable & {
  /** Where the build wrote to. */
  folder: string;
  /** The bundle alone, in a folder that has nothing else in it or above it. */
  server: string;
};

/** What `npm run build` makes, outside of the project. */
export async function buildOnce(): Promise<Built> {
  const root = mkdtempSync(join(tmpdir(), 'dr365-built-'));
  const folder = join(root, 'out');
  await run(process.execPath, [BUILD, '--out', folder]);
  mkdirSync(join(root, 'alone/bin'), { recursive: true });
  const server = join(root, 'alone/bin/mcp.cjs');
  copyFileSync(join(folder, 'mcp.cjs'), server);
  return { folder, server, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}
