import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { askOverHttp } from './asking.ts';
import { buildImage, docker, eventually, prepareStack, requireEngine } from './engine.ts';
import { probeFrom } from './inside.ts';

requireEngine();

const stack = prepareStack(`dr365demo${randomBytes(3).toString('hex')}`, 30_000 + (process.pid % 10_000));
const say = (text: string) => process.stdout.write(`# ${text}\n`);

before(async () => {
  await buildImage();
});

after(() => stack[Symbol.asyncDispose]());

test('the demo comes up without .env, and questions about its estate are answered', async () => {
  assert.equal(existsSync(join(stack.folder, '.env')), false);
  const from = Date.now();
  const seconds = () => ((Date.now() - from) / 1000).toFixed(0);
  await stack.compose('--profile', 'demo', 'up', '-d');
  const token = await eventually(() => stack.compose('exec', '-T', 'mcp', 'cat', '/settings/MCP_HTTP_TOKEN'));
  const ask = (tool: string) => askOverHttp(stack.url, token, tool);
  await eventually(
    async () => assert.match(JSON.stringify(await ask('get_health_status')), /"grade":"[A-F]"/),
    300,
  );
  say(`the demo answers its first question after ${seconds()} s`);
  await stack.untilGreen();
  say(`green after ${seconds()} s`);
  await eventually(async () => {
    assert.match(JSON.stringify(await ask('get_capacity_forecast')), /"quality":"FORECAST"/);
    assert.match(JSON.stringify(await ask('analyze_risks')), /"config_file":"[^"]*demo\.toml"/);
    assert.match(JSON.stringify(await ask('get_data_freshness')), /azure:/);
  }, 300);
  say(`everything answered after ${seconds()} s; ${await memory()}`);
});

async function memory(): Promise<string> {
  const lines = await docker('stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}}');
  return lines
    .split('\n')
    .filter((line) => line.startsWith(stack.project))
    .join(', ');
}

test('the simulator reaches neither Postgres nor anything outside', async () => {
  const found = await probeFrom(await stack.container('simulator'), [
    'postgres:5432',
    'mcp:3365',
    '203.0.113.1:443',
  ]);
  assert.ok(!Object.values(found).includes('open'), JSON.stringify(found));
});
