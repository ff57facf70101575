import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigError } from '../errors.ts';
import type { AzureSimulator } from './azure/azure.ts';
import { AZURE_SCENARIOS } from './azure/scenarios.ts';
import { capacityHistory } from './capacity-history.ts';
import { FAULTS } from './faults.ts';
import type { SimulatorOptions } from './options.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { writeSettings } from './settings-files.ts';
import { startSimulator } from './simulator.ts';

const USAGE = `dr365 simulator [options]: a VBR server and an Azure that are none, with a known truth
  --scenario NAME         what is wrong with it (default healthy; see --list)
  --seed N                the same seed gives the same estate (1)
  --days N                length of its history, 1 to 400 (90)
  --jobs N                backup jobs, 1 to 20000 (60)
  --revision REV          newest API revision: 1.3-rev0, 1.3-rev1 (default), 1.3-rev2
  --host NAME             name or address to listen on, for clients elsewhere (127.0.0.1)
  --port N                0 (default) takes any free port
  --now ISO               its time at start (default: now)
  --speed X               its clock runs X times as fast (1); 0 stands still
  --zone NAME             its time zone (Europe/Berlin)
  --role ROLE             role of the account (Administrator)
  --truth FILE            where to write what a perfect analyst would find
  --capacity-history FILE what its repositories held each day so far, as CSV for import:capacity
  --settings FOLDER       where to write a file for each setting that a dr365 needs to read it
  --token-seconds N       life of an access token (900)
  --retention-days N      how long it keeps sessions (91)
  --fault NAME[:k=v,…]    something that goes wrong with requests; may be repeated (see --list)
  --azure-port N          an Azure half as well, on this port; 0 takes any free one (scenarios azure-… have it anyway)
  --azure-vaults N        its vaults, 1 to 50 (4)
  --azure-items N         protected items in each vault, 1 to 20000 (50)
  --azure-days N          length of its history, 8 to 400 (90)
  --azure-fault NAME…     like --fault, for the Azure half
  --hostile-names         names that try to do something to whoever reads them
  --list                  print scenarios and faults`;

const OPTIONS = {
  scenario: { type: 'string' },
  seed: { type: 'string' },
  days: { type: 'string' },
  jobs: { type: 'string' },
  revision: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  now: { type: 'string' },
  speed: { type: 'string' },
  zone: { type: 'string' },
  role: { type: 'string' },
  truth: { type: 'string' },
  'capacity-history': { type: 'string' },
  settings: { type: 'string' },
  'token-seconds': { type: 'string' },
  'retention-days': { type: 'string' },
  fault: { type: 'string', multiple: true },
  'azure-port': { type: 'string' },
  'azure-vaults': { type: 'string' },
  'azure-items': { type: 'string' },
  'azure-days': { type: 'string' },
  'azure-fault': { type: 'string', multiple: true },
  'hostile-names': { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/**
 * Starts the simulator, prints one JSON line with how to reach it, and serves until SIGTERM or SIGINT. Gives the exit code.
 * @throws ConfigError for wrong arguments
 */
export async function runSimulator(argv: string[]): Promise<number> {
  const values = readArguments(argv);
  if (values.help) return print(USAGE);
  if (values.list) return print(listing());
  const simulator = await startSimulator(toOptions(values));
  const { url, username, password, fingerprint, caFile, truthFile, truth } = simulator;
  const line = {
    veeam: { url, username, password, fingerprint, caFile },
    azure: simulator.azure && connectionOf(simulator.azure, caFile),
    truth: truthFile,
    scenario: truth.scenario,
    seed: truth.seed,
    now: truth.now,
  };
  const history = values['capacity-history'];
  if (history) writeFileSync(history, capacityHistory(simulator.world, new URL(url).hostname));
  if (values.settings) writeSettings(values.settings, simulator);
  const stopped = untilStopped();
  print(JSON.stringify(line));
  await stopped;
  await simulator.close();
  return 0;
}

function connectionOf(azure: AzureSimulator, caFile: string) {
  const { url, tenantId, clientId, clientSecret, token, subscriptions } = azure;
  return { url, tenantId, clientId, clientSecret, token, subscriptions, caFile };
}

type Values = ReturnType<typeof readArguments>;

function readArguments(argv: string[]) {
  try {
    return parseArgs({ args: argv, options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    throw new ConfigError(`simulator: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function toOptions(values: Values): SimulatorOptions {
  const options: Record<string, unknown> = {
    scenario: values.scenario,
    seed: toNumber('seed', values.seed),
    days: toNumber('days', values.days),
    jobs: toNumber('jobs', values.jobs),
    revision: values.revision,
    host: values.host,
    port: toNumber('port', values.port),
    now: values.now === undefined ? undefined : toTime(values.now),
    speed: toNumber('speed', values.speed),
    zone: values.zone,
    role: values.role,
    truthFile: values.truth,
    tokenSeconds: toNumber('token-seconds', values['token-seconds']),
    retentionDays: toNumber('retention-days', values['retention-days']),
    faults: values.fault,
    hostileNames: values['hostile-names'],
    azurePort: toNumber('azure-port', values['azure-port']),
    azureVaults: toNumber('azure-vaults', values['azure-vaults']),
    azureItems: toNumber('azure-items', values['azure-items']),
    azureDays: toNumber('azure-days', values['azure-days']),
    azureFaults: values['azure-fault'],
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function toNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new ConfigError(`--${name} has to be a number, not ${text.slice(0, 40)}`);
  return value;
}

function toTime(text: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime()))
    throw new ConfigError(
      `--now has to be an ISO time such as 2026-03-01T12:00:00Z, not ${text.slice(0, 40)}`,
    );
  return at;
}

function listing(): string {
  const scenarios = [...SCENARIOS, ...AZURE_SCENARIOS].map(
    ({ name, summary }) => `  ${name.padEnd(29)}${summary}`,
  );
  const faults = Object.entries(FAULTS).map(([name, summary]) => `  ${name.padEnd(29)}${summary}`);
  return ['Scenarios', ...scenarios, 'Faults', ...faults].join('\n');
}

function untilStopped(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => done());
  });
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
