import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { MetricsSettings } from '../../config/observability.ts';
import { asReader, asRiskReader, asRunReader, type MetricsReader } from '../../db/connect.ts';
import type { Databases } from '../../db/database.ts';
import type { Log } from '../../log.ts';
import { listSourcesAt } from '../../queries/freshness.ts';
import { readStandings } from '../freshness.ts';
import { countWork } from './counted.ts';
import { readRepositories } from './read-collected.ts';
import { readRisks } from './read-risks.ts';
import { type MetricsServer, startMetricsServer } from './server.ts';
import { createStateGauges, type State } from './state.ts';

/** What this process does, and where what it knows is kept. */
export type MetricsParts = {
  collectors?: { workers: readonly string[]; databases: Databases; isConfigured: IsConfigured };
  advisor?: { databases: Databases };
  mcp?: true;
};

/** Whether a source is still one of the settings: one that was taken out of them is not late. */
export type IsConfigured = (source: { sourceId: string; kind: string }) => boolean;

const ADVISORS = ['risk', 'remediation'];

/** However often somebody asks, the databases are asked no oftener, and no longer than this. */
const KEEP_MS = 5_000;
const PATIENCE_MS = 8_000;

/**
 * The metrics endpoint of a process that runs for long.
 * @throws ConfigError if the address cannot be listened on
 */
export async function startMetrics(
  settings: MetricsSettings,
  parts: MetricsParts,
  { log, clock, version }: { log: Log; clock: () => Date; version: string },
): Promise<MetricsServer> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addBuildInfo(registry, version);
  const names = Object.keys(parts) as (keyof MetricsParts)[];
  const end = countWork(registry, new Set(names));
  const refresh = createRefresh(registry, parts, clock, log);
  const startedAt = clock();
  try {
    const server = await startMetricsServer(settings, {
      log,
      health: () => ({ status: 'ok', parts: names, started_at: startedAt.toISOString() }),
      metrics: async () => {
        await refresh();
        return { text: await registry.metrics(), contentType: registry.contentType };
      },
    });
    log.info({ url: server.url }, 'metrics endpoint ready');
    return {
      url: server.url,
      stop: async () => {
        end();
        registry.clear();
        await server.stop();
      },
    };
  } catch (error) {
    end();
    registry.clear();
    throw error;
  }
}

function addBuildInfo(registry: Registry, version: string): void {
  new Gauge({
    name: 'dr365_build_info',
    help: 'Always 1; the version is in the label',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1);
}

/** Brings the gauges of the state up to date; a database that does not answer costs its own gauges and nothing else. */
function createRefresh(
  registry: Registry,
  { collectors, advisor }: MetricsParts,
  clock: () => Date,
  log: Log,
): () => Promise<void> {
  // The collectors tell of the risks, too: where the advisor has a network of its own nobody can ask it.
  const advised = advisor ?? collectors;
  const readers = [
    ...(collectors
      ? [{ database: 'metrics' as const, read: () => readCollectors(collectors, clock()) }]
      : []),
    ...(advised ? [{ database: 'risk' as const, read: () => readAdvised(advised, clock()) }] : []),
  ];
  if (readers.length === 0) return async () => {};
  const gauges = createStateGauges(registry);
  const readAll = async () => {
    const states = readers.map(async ({ database, read }) => {
      try {
        return await inTime(read());
      } catch (error) {
        log.warn({ database, err: error }, 'the state could not be read for the metrics');
        return { database, isDown: true as const };
      }
    });
    gauges.show(await Promise.all(states));
  };
  let asked: Promise<void> | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (!asked || performance.now() - askedAt > KEEP_MS) {
      askedAt = performance.now();
      asked = readAll();
    }
    return asked;
  };
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = sleep(PATIENCE_MS, undefined, { signal: over.signal, ref: false }).then(() => {
    throw new Error(`no answer within ${PATIENCE_MS} ms`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}

async function readCollectors(
  { workers, databases, isConfigured }: NonNullable<MetricsParts['collectors']>,
  now: Date,
): Promise<State> {
  const db = asReader(databases.metrics.db);
  const sources = (await listSourcesAt(db, now)).filter(isConfigured);
  return {
    database: 'metrics',
    bytes: await sizeOf(db),
    standings: await readStandings(asRunReader(db), { workers, sources, now }),
    collected: await readRepositories(
      db,
      sources.map(({ sourceId }) => sourceId),
    ),
  };
}

/** @param isConfigured left out: the advisor does not know the settings of sources, and concludes on all that there are */
async function readAdvised(
  { databases, isConfigured = () => true }: { databases: Databases; isConfigured?: IsConfigured },
  now: Date,
): Promise<State> {
  const sources = (await listSourcesAt(asReader(databases.metrics.db), now)).filter(isConfigured);
  const db = asRiskReader(databases.risk.db);
  return {
    database: 'risk',
    bytes: await sizeOf(db as unknown as MetricsReader),
    standings: await readStandings(asRunReader(db), { workers: ADVISORS, sources, now }),
    risks: await readRisks(
      db,
      sources.map(({ sourceId }) => sourceId),
    ),
  };
}

async function sizeOf(db: MetricsReader): Promise<number> {
  const size = sql<{ bytes: number }>`(select pg_database_size(current_database()) as bytes)`;
  const row = await db.selectFrom(size.as('size')).select('bytes').executeTakeFirstOrThrow();
  return row.bytes;
}
