import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Described, PRODUCT, toManifest } from './manifest.ts';
import { ROOT } from './replaced.ts';

const run = promisify(execFile);

export type Extension = { file: string; sha256: string };

/** What goes into the extension beside the manifest. */
export type Contents = { version: string; code: string; licences: string; tools: readonly Described[] };

/**
 * The desktop extension (.mcpb): its folder, checked and packed by the format's own tool.
 * @param folder where it is made; what was there before is gone
 * @throws Error with what the tool says, if the manifest is not as the format asks
 */
export async function packExtension(folder: string, file: string, contents: Contents): Promise<Extension> {
  const { version, code, licences, tools } = contents;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, dirname(PRODUCT.entryPoint)), { recursive: true });
  const manifest = join(folder, 'manifest.json');
  writeFileSync(manifest, `${JSON.stringify(toManifest(version, tools), null, 2)}\n`);
  writeFileSync(join(folder, PRODUCT.entryPoint), code);
  writeFileSync(join(folder, 'THIRD-PARTY-LICENCES.txt'), licences);
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  await mcpb('validate', manifest);
  rmSync(file, { force: true });
  await mcpb('pack', folder, file);
  return { file, sha256: createHash('sha256').update(readFileSync(file)).digest('hex') };
}

async function mcpb(...args: string[]): Promise<void> {
  const tool = join(dirname(fileURLToPath(import.meta.resolve('@anthropic-ai/mcpb'))), 'cli/cli.js');
  try {
    await run(process.execPath, [tool, ...args]);
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`mcpb ${args[0]} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
