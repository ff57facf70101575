import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { ConfigError } from '../../src/errors.ts';
import { runSimulator } from '../../src/simulator/main.ts';

const MODULE = new URL('../../src/simulator/main.ts', import.meta.url).href;

test('the command prints one line with what is needed to connect, and ends when it is told to', async () => {
  const code = `const { runSimulator } = await import(${JSON.stringify(MODULE)}); process.exitCode = await runSimulator(process.argv.slice(1));`;
  const child = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    code,
    '--',
    '--scenario',
    'silent-job',
    '--jobs',
    '10',
    '--days',
    '20',
    '--seed',
    '7',
  ]);
  let out = '';
  child.stdout.setEncoding('utf8');
  for await (const chunk of child.stdout) {
    out += String(chunk);
    if (out.includes('\n')) break;
  }
  const line = JSON.parse(out) as {
    veeam: Record<string, string>;
    truth: string;
    scenario: string;
    seed: number;
    azure: unknown;
  };
  assert.match(line.veeam.url ?? '', /^https:\/\/127\.0\.0\.1:\d+$/);
  assert.deepEqual([line.scenario, line.seed, line.azure], ['silent-job', 7, null]);
  assert.ok(existsSync(line.veeam.caFile ?? '') && existsSync(line.truth));

  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  assert.ok(!existsSync(line.truth), 'nothing is left behind');
});

test('wrong arguments are explained before anything is started', async () => {
  for (const argv of [
    ['--scenario', 'nope'],
    ['--jobs', '0'],
    ['--jobs', 'many'],
    ['--now', 'soon'],
    ['--revision', '1.4'],
    ['--zone', 'Mars/Base'],
    ['--role', 'King'],
    ['--wat'],
    ['extra'],
    ['--fault', 'x'],
  ]) {
    await assert.rejects(runSimulator(argv), ConfigError, argv.join(' '));
  }
});
