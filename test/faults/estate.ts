import { loadBusinessContext } from '../../src/business/load.ts';
import type { Config } from '../../src/config/config.ts';
import { type Databases, openDatabases } from '../../src/db/database.ts';
import { createLog } from '../../src/log.ts';
import { runAdvisor } from '../../src/pipeline/advisor.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { ADVISORS, type Advising, runAdvisorOnce } from '../../workers/advisors.ts';
import { type Collecting, runOnAzure, runOnce } from '../../workers/main.ts';
import { toEnvironment } from '../support/child.ts';
import { toSettings } from '../support/postgres.ts';
import { configOf } from '../support/simulated.ts';
import type { FaultServer } from './server.ts';
import type { Volume } from './volume.ts';

const HOUR_MS = 3_600_000;
const START = Date.parse('2026-03-18T12:00:00Z');

/** When the workers run: a first time, an hour later, a day later and again an hour later. */
export const SLOTS = [0, 1, 30, 31].map((hours) => new Date(START + hours * HOUR_MS));

/** One worker on the sources of one kind. */
export type Unit =
  | { worker: Collecting; kind: 'veeam' }
  | { worker: Collecting; kind: 'azure' }
  | { worker: Advising; kind: 'tables' };

const MINUTE_MS = 60_000;

/** When a unit runs in a slot: one after the other, as what rests on what is a question of time. */
export const timeOf = (slot: number, unit: Unit): Date =>
  new Date((SLOTS[slot]?.getTime() ?? START) + UNITS.indexOf(unit) * MINUTE_MS);

/** As the schedule has it: some each hour, some each day. */
export const unitsOf = (slot: number): Unit[] =>
  UNITS.filter(({ worker }) => slot % 2 === 0 || (worker !== 'efficiency' && worker !== 'rto'));

/** In the order in which one rests on the other. */
const UNITS: Unit[] = [
  ...(['health', 'capacity', 'efficiency', 'rto'] as const).flatMap((worker) => [
    { worker, kind: 'veeam' as const },
    { worker, kind: 'azure' as const },
  ]),
  { worker: 'risk', kind: 'tables' },
  { worker: 'remediation', kind: 'tables' },
];

/** A backup server with more sessions than two pages hold, and some vaults: small, so that many runs take little time. */
export async function startEstate(azureVaults: number): Promise<Simulator> {
  const simulator = await startSimulator({
    scenario: 'demo',
    seed: 11,
    days: 60,
    jobs: 16,
    now: new Date(START),
    speed: 0,
    azurePort: 0,
    azureVaults,
    azureItems: 6,
    azureDays: 20,
  });
  // What will have happened by the last slot is made at once: else an answer could depend on how far the clock ever was.
  simulator.clock.set(new Date((SLOTS.at(-1)?.getTime() ?? START) + HOUR_MS));
  simulator.world.visible();
  simulator.clock.set(new Date(START));
  return simulator;
}

/** Where one copy of the databases is, and how to read the estate into it. */
export type Place = {
  server: FaultServer;
  /** undefined: the server's data are in a plain folder. */
  volume: Volume | undefined;
  simulator: Simulator;
  /** Where the databases are reached: a proxy's. */
  port: number;
  name: string;
};

/** The settings of a user whose databases are reached at `port`. */
export function placeConfig({ server, simulator, port, name }: Place): Config {
  const config = configOf(simulator, { settings: toSettings({ ...server, port }, name) });
  const { azure } = simulator;
  if (!config.azure || !azure) throw new Error('the estate has vaults');
  const { tenantId, clientId, clientSecret, url } = azure;
  return {
    ...config,
    azure: {
      ...config.azure,
      azure: {
        ...config.azure.azure,
        authorityHost: url,
        credential: { mode: 'client-secret', tenantId, clientId, clientSecret },
      },
    },
  };
}

/** Both databases of a place, as collectors and advisors open them. */
export type Opened = { collector: Databases; advisor: Databases; close: () => Promise<void> };

export async function openPlace(place: Place): Promise<Opened> {
  const { database } = placeConfig(place);
  const collector = await openDatabases(database, 'collector', 'dr365 faults');
  const advisor = await openDatabases(database, 'advisor', 'dr365 faults');
  const close = async () => {
    await Promise.all([collector.close(), advisor.close()]);
  };
  return { collector, advisor, close };
}

/** One run of a unit in this process, as `dr365 workers` makes it. @param only sources that are still to be run; empty: all */
export async function runUnit(
  unit: Unit,
  place: Place,
  opened: Opened,
  now: Date,
  only: readonly string[] = [],
): Promise<void> {
  const options = { log: createLog('silent'), clock: () => now, isUnattended: true };
  const config = placeConfig(place);
  if (unit.kind === 'veeam') await runOnce(unit.worker, config, opened.collector, options);
  else if (unit.kind === 'azure')
    await runOnAzure(unit.worker, onlyVaults(config, only), opened.collector, options);
  else if (only.length === 0) await runAdvisorOnce(unit.worker, opened.advisor, options);
  else
    for (const sourceId of only)
      await runAdvisor(
        ADVISORS[unit.worker](loadBusinessContext(undefined)),
        opened.advisor,
        sourceId,
        options,
      );
}

/** A source is called `azure:<vault>:<mark>`. */
function onlyVaults(config: Config, sources: readonly string[]): Config {
  const vaultNames = sources.map((source) => source.split(':')[1] ?? '');
  return vaultNames.length > 0 && config.azure
    ? { ...config, azure: { ...config.azure, vaultNames } }
    : config;
}

/** What a process of its own needs to run a unit. */
export function unitEnvironment(unit: Unit, place: Place, now: Date): Record<string, string> {
  const config = placeConfig(place);
  const env = toEnvironment({
    ...config,
    veeam: unit.kind === 'veeam' ? config.veeam : [],
    azure: unit.kind === 'azure' ? config.azure : undefined,
  });
  const { azure } = place.simulator;
  return {
    ...env,
    FAULTS_NOW: now.toISOString(),
    ...(unit.kind === 'azure' && azure
      ? {
          AZURE_CREDENTIAL: 'client-secret',
          AZURE_AUTHORITY_HOST: azure.url,
          AZURE_TENANT_ID: azure.tenantId,
          AZURE_CLIENT_ID: azure.clientId,
          AZURE_CLIENT_SECRET: azure.clientSecret,
        }
      : {}),
  };
}
