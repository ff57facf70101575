import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ADVISORS, type Advising, runAdvisorOnce } from '../../workers/advisors.ts';
import { importCapacity } from '../../workers/capacity/import.ts';
import { type Collecting, runEverywhere, type SourceRun } from '../../workers/main.ts';
import { loadBusinessContext } from '../business/load.ts';
import { loadConfig, projectRoot } from '../config/config.ts';
import { type Databases, openDatabases } from '../db/database.ts';
import { createLog } from '../log.ts';
import { noArguments } from './arguments.ts';
import { hasHistory } from './demo-history.ts';
import { askForReport } from './demo-report.ts';
import { createProgress } from './progress.ts';

const PROGRAM = join(projectRoot(), 'src/cli/dr365.mjs');
/** Apart from real data, and kept: the second demo is quick, and the MCP server can be used afterwards. */
const DATA_DIR = join(projectRoot(), '.dr365', 'demo');
/** Readings of the past 90 days, which a real installation would have taken itself. */
const HISTORY_FILE = join(DATA_DIR, 'capacity-history.csv');
const SIMULATED =
  `--scenario demo --seed 365 --days 90 --jobs 60 --port 0 --azure-port 0 --azure-vaults 2 --azure-items 24 --azure-days 60`
    .split(' ')
    .concat('--capacity-history', HISTORY_FILE);

type SimulatedServer = { url: string; username: string; password: string; fingerprint: string };
type SimulatedAzure = { url: string; token: string; subscriptions: string[]; caFile: string };
/** What the simulator prints when it is ready; `truth` is the file of what is really so. */
type Simulated = { veeam: SimulatedServer; azure: SimulatedAzure; truth: string };

/**
 * `dr365 demo`: a simulated VBR server and two vaults of Azure Backup over TLS, a run of the workers into the embedded database,
 * and questions over MCP by a real client, printed as a report.
 */
export async function demo(args: string[]): Promise<number> {
  noArguments('demo', args);
  const say = (text: string) => void process.stdout.write(`${text}\n`);
  say(
    'dr365 demo: a simulated backup server and simulated vaults of Azure, worker runs, questions over MCP.\n',
  );
  const simulator = await startSimulated();
  try {
    const { veeam, azure, truth } = simulator.answer;
    const environment = toEnvironment(simulator.answer);
    say(`1. Simulated VBR server at ${veeam.url}, its certificate pinned by SHA-256`);
    say(
      `   Simulated Azure at ${azure.url}: two Recovery Services vaults that protect some of its machines, too`,
    );
    say(`   What is really so, to compare: ${truth}`);
    const machine = await collect(environment, say);
    await advise(environment, say);
    say('3. Questions over MCP (stdio), answered by the read-only server from the tables\n');
    const server = { command: process.execPath, args: [PROGRAM, 'mcp'], env: mcpEnvironment() };
    await askForReport(server, say, machine);
  } finally {
    await simulator.stop();
  }
  say(closing());
  return 0;
}

/** @returns the name of a machine that both protect; undefined: there is none */
async function collect(
  environment: Record<string, string>,
  say: (text: string) => void,
): Promise<string | undefined> {
  const config = loadConfig(environment);
  const log = createLog('error');
  const progress = createProgress(process.stderr);
  const databases = await openDatabases(config.database, 'collector', 'dr365 demo');
  try {
    const options = { log, clock: () => new Date(), progress: progress.show };
    const run = async (worker: Collecting) => {
      const runs = await runEverywhere(worker, config, databases, options);
      progress.end();
      for (const one of runs) say(describe(worker, one));
      const failed = runs.find(({ status }) => status === 'failed');
      if (failed) throw new Error(`the ${worker} run failed: ${failed.error?.message}`);
    };
    // The names that the history uses are those of the first capacity run; its dates come from the second.
    if (!(await hasHistory(databases.metrics.db))) {
      await run('capacity');
      const { rows, from } = await importCapacity(
        databases.metrics.db,
        readFileSync(HISTORY_FILE, 'utf8'),
        new Date(),
      );
      say(`2. Older capacity history imported: ${rows} readings since ${from}`);
    }
    await run('capacity');
    await run('rto');
    await run('rto'); // machines of two sources are joined when both are known
    await run('efficiency'); // malware status comes with the restore points
    await run('health'); // its score counts repositories and restore points
    return await machineOfBoth(databases);
  } finally {
    progress.end();
    await databases.close();
  }
}

async function advise(environment: Record<string, string>, say: (text: string) => void): Promise<void> {
  const config = loadConfig(environment);
  const databases = await openDatabases(config.database, 'advisor', 'dr365 demo');
  const business = loadBusinessContext(config.configFile);
  const options = { log: createLog('error'), clock: () => new Date(), business };
  try {
    for (const name of Object.keys(ADVISORS) as Advising[])
      for (const summary of await runAdvisorOnce(name, databases, options)) {
        if (summary.status === 'failed') throw new Error(`the ${name} run failed: ${summary.error?.message}`);
        say(
          `2. Worker ${name}: ${summary.rowsLoaded} rows, ${summary.seconds.toFixed(1)} s, ${summary.status}`,
        );
      }
  } finally {
    await databases.close();
  }
}

async function machineOfBoth({ metrics }: Databases): Promise<string | undefined> {
  const row = await metrics.db
    .selectFrom('workload_match as m')
    .innerJoin('workload as w', (join) =>
      join.onRef('w.source_id', '=', 'm.source_id').onRef('w.workload_id', '=', 'm.workload_id'),
    )
    .innerJoin('source as s', 's.source_id', 'm.source_id')
    .select('w.name')
    .where('m.verdict', '=', 'SAME')
    .where('s.kind', '=', 'veeam')
    .orderBy('w.name')
    .limit(1)
    .executeTakeFirst();
  return row?.name;
}

function describe(worker: string, run: SourceRun): string {
  const { sourceId, rowsLoaded, requests, seconds, status, incomplete } = run;
  const missing = incomplete.map(({ endpoint, outcome }) => `${endpoint} ${outcome}`).join(', ');
  const amount = `${rowsLoaded} rows new or changed, ${requests} requests, ${seconds.toFixed(1)} s`;
  return `2. Worker ${worker} of ${sourceId}: ${amount}, ${status}${missing ? ` (${missing})` : ''}`;
}

function toEnvironment({ veeam, azure }: Simulated): Record<string, string> {
  const { hostname, port } = new URL(veeam.url);
  return {
    VEEAM_SERVER: hostname,
    VEEAM_PORT: port,
    VEEAM_USERNAME: veeam.username,
    VEEAM_PASSWORD: veeam.password,
    VEEAM_TLS_FINGERPRINT: veeam.fingerprint,
    AZURE_SUBSCRIPTION_ID: azure.subscriptions.join(','),
    AZURE_RESOURCE_MANAGER_URL: azure.url,
    AZURE_CA_FILE: azure.caFile,
    AZURE_ACCESS_TOKEN: azure.token,
    ...mcpEnvironment(),
  };
}

/** What the MCP server of the demo is started with, by the demo and by a client later. */
export const mcpEnvironment = (): Record<string, string> => ({
  DR365_DATA_DIR: DATA_DIR,
  DR365_CONFIG: join(import.meta.dirname, 'demo.toml'),
  LOG_LEVEL: 'error',
  // What is set, also to nothing, is not taken from a .env, which may name the databases of a real installation.
  ...Object.fromEntries(DATABASE_SETTINGS.map((name) => [name, ''])),
});

const DATABASE_SETTINGS = [
  'DB_HOST',
  'DB_NAME',
  'DB_RISK_NAME',
  'DB_READER_USER',
  'DB_READER_PASSWORD',
  'DB_READER_PASSWORD_FILE',
];

async function startSimulated(): Promise<{ answer: Simulated; stop: () => Promise<void> }> {
  mkdirSync(DATA_DIR, { recursive: true });
  const child = spawn(process.execPath, [PROGRAM, 'simulator', ...SIMULATED], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { answer: await firstLine(child), stop };
}

async function firstLine(child: ChildProcess): Promise<Simulated> {
  if (child.stdout) {
    for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as Simulated;
  }
  throw new Error('the simulator ended before it was ready');
}

/** Absolute paths and the Node.js that really runs: what is pasted works as it stands. */
function closing(): string {
  const server = { command: process.execPath, args: [PROGRAM, 'mcp'], env: mcpEnvironment() };
  return `
To ask these data from Claude Desktop, paste this into its claude_desktop_config.json
(Settings, Developer, Edit Config) and restart it:

${JSON.stringify({ mcpServers: { dr365: server } }, null, 2)}
`;
}
