import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { NO_DATABASE, spawnHttpMcp } from '../../support/mcp-http.ts';

const SUITE = join(
  import.meta.dirname,
  '../../../node_modules/@modelcontextprotocol/conformance/dist/index.js',
);
const WITH_FIXTURES = join(import.meta.dirname, 'entry.ts');

/** What asks for nothing by name: the product has to pass as it is shipped. */
const OF_ANY_SERVER = [
  'server-initialize',
  'ping',
  'logging-set-level',
  'tools-list',
  'resources-list',
  'prompts-list',
  'dns-rebinding-protection',
];

/** One of each kind that needs no question from the server: an answer in JSON has no room for one. */
const WITHOUT_SESSION = [
  'completion-complete',
  'tools-call-mixed-content',
  'tools-call-error',
  'tools-call-with-progress',
  'json-schema-2020-12',
  'resources-read-binary',
  'prompts-get-with-args',
];

/** @returns how many checks passed, failed and warned */
async function runSuite(url: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [SUITE, 'server', '--url', url, ...args], {
    maxBuffer: 2 ** 24,
  }).catch((failed: { stdout: string }) => failed);
  return stdout;
}

async function assertPasses(url: string, scenarios: string[]): Promise<void> {
  for (const scenario of scenarios) {
    const said = await runSuite(url, '--scenario', scenario);
    assert.match(said, /Passed: ([1-9]\d*)\/\1, 0 failed, 0 warnings/, `${scenario}\n${said}`);
  }
}

test('the server as it is shipped passes what the conformance suite asks of any server, without sessions', async () => {
  await using server = await spawnHttpMcp(NO_DATABASE);
  await assertPasses(server.url, OF_ANY_SERVER);
});

test('the server as it is shipped passes what the conformance suite asks of any server, with sessions', async () => {
  await using server = await spawnHttpMcp({ ...NO_DATABASE, MCP_HTTP_SESSIONS: 'on' });
  await assertPasses(server.url, [...OF_ANY_SERVER, 'server-sse-multiple-streams']);
});

test('with the fixtures of the suite all its active scenarios pass with sessions', async () => {
  await using server = await spawnHttpMcp({ ...NO_DATABASE, MCP_HTTP_SESSIONS: 'on' }, WITH_FIXTURES);
  const said = await runSuite(server.url, '--suite', 'active');
  assert.match(said, /Total: (\d+) passed, 0 failed/, said);
  assert.ok(Number(/Total: (\d+) passed/.exec(said)?.[1]) >= 40, said);
  assert.doesNotMatch(said, /^✗|^⚠/m);
});

test('with the fixtures of the suite tools, prompts and resources pass without sessions', async () => {
  await using server = await spawnHttpMcp(NO_DATABASE, WITH_FIXTURES);
  await assertPasses(server.url, WITHOUT_SESSION);
});
