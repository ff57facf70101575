import type { Config } from '../../src/config/config.ts';
import { toMcpHttp } from '../../src/config/mcp.ts';
import { createLog } from '../../src/log.ts';
import type { RunSummary } from '../../src/pipeline/run-worker.ts';
import { VEEAM_NAMES } from '../../src/setting-names.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { type Collecting, runOnAzure, runOnce, type SourceRun } from '../../workers/main.ts';
import type { TestDatabase } from './database.ts';

export const NOW = new Date('2026-03-18T12:00:00Z');

/** A simulated server whose clock stands at a fixed time, so that a test gives the same today and tomorrow. */
export function simulate(
  options: NonNullable<Parameters<typeof startSimulator>[0]> = {},
): Promise<Simulator> {
  return startSimulator({
    scenario: 'healthy',
    seed: 11,
    days: 60,
    jobs: 30,
    now: NOW,
    speed: 0,
    ...options,
  });
}

/** Settings as a user of the simulated server has them. */
export function configOf(simulator: Simulator, database: Pick<TestDatabase, 'settings'>): Config {
  const { hostname, port } = new URL(simulator.url);
  return {
    veeam: [
      {
        sourceId: hostname.toLowerCase(),
        name: hostname,
        tenant: undefined,
        names: VEEAM_NAMES,
        server: hostname,
        port: Number(port),
        username: simulator.username,
        password: simulator.password,
        tls: { mode: 'pin', fingerprint: simulator.fingerprint },
        apiVersion: undefined,
        timeZone: undefined,
        backfillDays: 90,
        requestBudget: 20_000,
      },
    ],
    azure: simulator.azure ? azureOf(simulator, simulator.azure) : undefined,
    database: database.settings,
    mcpHttp: toMcpHttp({}),
    schedule: { health: '45 * * * *', timeZone: 'UTC' } as Config['schedule'],
    stopSeconds: 45,
    logLevel: 'silent',
  };
}

function azureOf({ caFile }: Simulator, azure: NonNullable<Simulator['azure']>): Config['azure'] {
  return {
    azure: {
      resourceManagerUrl: azure.url,
      credential: { mode: 'static', token: azure.token },
      tls: { mode: 'ca', caFile },
    },
    subscriptionIds: azure.subscriptions,
    resourceGroups: [],
    vaultNames: [],
    vaults: [],
    tenant: undefined,
    usesResourceGraph: false,
    timeZone: 'UTC',
    backfillDays: 90,
    requestBudget: 20_000,
  };
}

/** One run on each vault of the simulated Azure, our own clock at `now`. */
export function runOnSimulatedAzure(
  simulator: Simulator,
  database: TestDatabase,
  { worker = 'health' as Collecting, now = NOW } = {},
): Promise<SourceRun[]> {
  return runOnAzure(worker, configOf(simulator, database), database, {
    log: createLog('silent'),
    clock: () => now,
  });
}

/** One run against the simulated server, our own clock at `now`. */
export function runAgainst(
  simulator: Simulator,
  database: TestDatabase,
  { worker = 'health' as Collecting, now = NOW } = {},
): Promise<RunSummary> {
  return runOnce(worker, configOf(simulator, database), database, {
    log: createLog('silent'),
    clock: () => now,
  });
}
