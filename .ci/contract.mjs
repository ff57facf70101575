// For each API revision: the simulator against the vendor's description, then a run of each worker through a proxy that holds
// every request, and every answer, to it. Usage: contract.mjs FOLDER-OF-THE-CHECKS
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [checks] = process.argv.slice(2);
const REVISIONS = ['1.3-rev0', '1.3-rev1', '1.3-rev2'];
const DR365 = join(import.meta.dirname, '../src/cli/dr365.mjs');

let failed = 0;
for (const revision of REVISIONS) {
  const simulator = start(
    [
      DR365,
      'simulator',
      '--scenario',
      'demo',
      '--seed',
      '7',
      '--days',
      '30',
      '--jobs',
      '25',
      '--revision',
      revision,
      '--port',
      '0',
    ],
    'stdout',
  );
  const { veeam } = JSON.parse(await simulator.firstLine);
  failed += checkServer(veeam, revision);
  failed += await checkClient(veeam, revision);
  await simulator.stop();
}
say(failed === 0 ? 'contract: no violation' : `contract: ${failed} of ${2 * REVISIONS.length} checks failed`);
process.exitCode = failed === 0 ? 0 : 1;

function say(...lines) {
  process.stdout.write(`${lines.join('\n')}\n`);
}

function checkServer({ url, username, password }, revision) {
  const flags = ['--base', url, '--user', username, '--revision', revision, '--insecure'];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(checks, 'check-server.mjs'), ...flags],
    {
      encoding: 'utf8',
      env: { ...process.env, CONTRACT_PASSWORD: password },
    },
  );
  say(`${revision} simulator: ${stdout.trim().split('\n').at(-1)}`);
  if (status !== 0) say(stdout, stderr);
  return status === 0 ? 0 : 1;
}

async function checkClient({ url, username, password }, revision) {
  const proxy = start(
    [
      join(checks, 'validating-proxy.mjs'),
      '--listen',
      '127.0.0.1:0',
      '--upstream',
      url,
      '--insecure',
      '--tls-self-signed',
      '--revision',
      revision,
    ],
    'stderr',
  );
  const [, port, fingerprint] = (await proxy.firstLine).match(/:(\d+), certificate sha256 (\S+)/) ?? [];
  const dataDir = mkdtempSync(join(tmpdir(), 'dr365-contract-'));
  chmodSync(dataDir, 0o755); // as root the database runs as another account
  const settings = {
    VEEAM_SERVER: '127.0.0.1',
    VEEAM_PORT: port,
    VEEAM_USERNAME: username,
    VEEAM_PASSWORD: password,
    VEEAM_TLS_FINGERPRINT: fingerprint,
    VEEAM_API_VERSION: revision,
    VEEAM_BACKFILL_DAYS: '30',
    LOG_LEVEL: 'warn',
    DR365_DATA_DIR: dataDir,
  };
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VEEAM|DB|DR365)_/.test(name))),
    ...settings,
  };
  const exits = [];
  for (const worker of ['capacity', 'health', 'efficiency', 'rto']) exits.push(await runWorker(worker, env));
  const { code, last } = await proxy.stop();
  rmSync(dataDir, { recursive: true, force: true });
  say(`${revision} workers: exit ${exits.join(', ')}; ${last}`);
  return exits.every((exit) => exit === 0) && code === 0 ? 0 : 1;
}

/** Not spawnSync: the proxy's output has to be read meanwhile. */
function runWorker(name, env) {
  const worker = spawn(process.execPath, [DR365, 'worker', name], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return new Promise((done) => worker.once('exit', done));
}

function start(args, stream) {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', stream === 'stdout' ? 'pipe' : 'inherit', stream === 'stderr' ? 'pipe' : 'inherit'],
  });
  const lines = createInterface({ input: child[stream] });
  let last = '';
  lines.on('line', (line) => {
    last = line;
  });
  const ended = new Promise((done) => child.once('close', done));
  const firstLine = new Promise((done, fail) => {
    lines.once('line', done);
    child.once('exit', (code) => fail(new Error(`${args[0]} ended with ${code}`)));
  });
  firstLine.catch(() => {}); // it is awaited where it is used
  return {
    firstLine,
    stop: async () => {
      child.kill('SIGTERM');
      return { code: await ended, last };
    },
  };
}
