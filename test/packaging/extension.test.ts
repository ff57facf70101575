import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { TOOLS } from '../../src/mcp/tools.ts';
import { ROOT } from '../../src/packaging/replaced.ts';
import { startMcp } from '../support/mcp-client.ts';
import { type Built, buildOnce } from './built.ts';

type Field = { type: string; required: boolean; default?: string | number; sensitive?: boolean };
type Manifest = {
  server: { entry_point: string; mcp_config: { args: string[]; env: Record<string, string> } };
  user_config: Record<string, Field>;
  tools: { name: string; description: string }[];
  version: string;
};

let built: Built;
let unpacked: string;
let manifest: Manifest;
before(async () => {
  built = await buildOnce();
  unpacked = join(built.folder, 'unpacked');
  const tool = join(dirname(createRequire(import.meta.url).resolve('@anthropic-ai/mcpb')), 'cli/cli.js');
  execFileSync(process.execPath, [tool, 'unpack', extensionFile(), unpacked]);
  manifest = JSON.parse(readFileSync(join(unpacked, 'manifest.json'), 'utf8'));
});
after(() => built[Symbol.dispose]());

const extensionFile = () =>
  join(built.folder, readdirSync(built.folder).find((file) => file.endsWith('.mcpb')) ?? '');

test('the packed extension starts as its manifest says, with nothing else installed', async () => {
  const { args, env } = manifest.server.mcp_config;
  const filled = Object.fromEntries(
    Object.entries(env).map(([variable, value]) => {
      const field = /^\$\{user_config\.(\w+)\}$/.exec(value)?.[1] ?? '';
      assert.ok(manifest.user_config[field], `${variable} has no field`);
      return [variable, String(manifest.user_config[field].default ?? 'secret')];
    }),
  );
  const program = args.map((arg) => arg.replace(/\$\{__dirname\}/g, () => unpacked));
  await using mcp = await startMcp({ ...filled, DB_PORT: '1' }, program);
  const { tools } = await mcp.client.listTools();
  assert.deepEqual(
    manifest.tools.map(({ name }) => name),
    tools.map(({ name }) => name),
  );
  assert.equal(mcp.client.getServerVersion()?.version, manifest.version);
  assert.match(await mcp.refused('get_health_status'), /The database does not answer/);
});

test('secrets are marked, and every field that may stay blank has a default', () => {
  const fields = Object.entries(manifest.user_config);
  for (const [name, { sensitive, required, default: value }] of fields) {
    assert.equal(sensitive === true, /password/.test(name), name);
    assert.equal(value === undefined, required, name);
  }
  const { args } = manifest.server.mcp_config;
  assert.ok(
    args.every((arg) => !arg.includes('user_config')),
    'settings are not for the command line',
  );
});

test('what the form asks for are settings of the program', () => {
  const example = readFileSync(join(ROOT, '.env.example'), 'utf8');
  for (const variable of Object.keys(manifest.server.mcp_config.env))
    assert.match(example, new RegExp(`^#? ?${variable}=`, 'm'));
});

test('the extension lists all tools, each with a sentence, and brings all licences along', () => {
  assert.deepEqual(
    manifest.tools.map(({ name }) => name),
    TOOLS.map(({ name }) => name),
  );
  for (const { description } of manifest.tools) assert.match(description, /^[A-Z].{20,}[.?!]$/s);
  const licences = readFileSync(join(unpacked, 'THIRD-PARTY-LICENCES.txt'), 'utf8');
  for (const name of ['zod', 'pg', 'kysely', 'pino', '@modelcontextprotocol/sdk'])
    assert.match(licences, new RegExp(`^${name} \\d`, 'm'));
  assert.ok(readdirSync(unpacked).includes('LICENSE'));
});

test('the entry for the registry keeps to the rules of its format and carries the digest of the extension', () => {
  const entry = JSON.parse(readFileSync(join(built.folder, 'server.json'), 'utf8'));
  assert.equal(entry.$schema, 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json');
  assert.match(entry.name, /^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/);
  assert.ok(entry.description.length >= 1 && entry.description.length <= 100);
  assert.ok(entry.title.length <= 100);
  assert.match(entry.version, /^\d+\.\d+\.\d+$/);
  const [extension] = entry.packages;
  assert.deepEqual([extension.registryType, extension.transport], ['mcpb', { type: 'stdio' }]);
  const bytes = readFileSync(extensionFile());
  assert.equal(extension.fileSha256, createHash('sha256').update(bytes).digest('hex'));
  assert.match(extension.identifier, /^https:\/\/github\.com\/.*\/dr365-[\d.]+\.mcpb$/);
  const secrets = extension.environmentVariables.filter(({ isSecret }: { isSecret: boolean }) => isSecret);
  assert.deepEqual(
    secrets.map(({ name }: { name: string }) => name),
    ['DB_READER_PASSWORD'],
  );
  for (const variable of extension.environmentVariables) {
    assert.ok(['string', 'number', 'boolean', 'filepath'].includes(variable.format));
    assert.ok(variable.isRequired === (variable.default === undefined && variable.format !== 'filepath'));
    if (variable.default !== undefined) assert.equal(typeof variable.default, 'string');
  }
});
