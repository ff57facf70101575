import type { Config } from '../config/config.ts';
import { loadFullConfig } from '../config/sources.ts';
import { asReader, asRiskReader } from '../db/connect.ts';
import { type Databases, openDatabases } from '../db/database.ts';
import { ConfigError } from '../errors.ts';
import { WORKERS } from '../mcp/tools/data-freshness/question.ts';
import { type DatabaseSize, monthsUntilFull, readDatabaseSize } from '../queries/size.ts';
import { freeBytesOf } from './free-space.ts';
import { renderStatus } from './status-text.ts';
import { missedSlot, nextSlot, readStatus, type StatusRow } from './worker-status.ts';

/** How everything stands. Rows are those of `get_data_freshness`. */
export type Status = {
  checkedAt: string;
  workers: {
    worker: string;
    next_slot_at: string | null;
    /** A slot in which nothing was run: nobody seems to do it. */
    missed_slot_at: string | null;
    sources: Omit<StatusRow, 'worker'>[];
  }[];
  databases: DatabaseSize[];
  /** Of the disk with the embedded server's data; null: the server is somewhere else. */
  freeBytes: number | null;
  monthsUntilFull: number | null;
};

/**
 * `dr365 status [--json]`: of each worker and source the last success, age, completeness, next run, and last failure; how large
 * the databases are. Whoever may ask MCP may see it: the login is the reader's.
 * @returns 0 also where something is stale: it was asked how things are, and that is known
 */
export async function statusCommand(args: string[]): Promise<number> {
  const wrong = args.find((arg) => arg !== '--json');
  if (wrong !== undefined)
    throw new ConfigError(`status takes --json or nothing, ${JSON.stringify(wrong)} was given`);
  const config = loadFullConfig(process.env, { withSources: false });
  const databases = await openDatabases(config.database, 'reader', 'dr365 status');
  try {
    const status = await readAll(databases, config, new Date());
    process.stdout.write(args.includes('--json') ? `${JSON.stringify(status)}\n` : renderStatus(status));
    return 0;
  } finally {
    await databases.close();
  }
}

async function readAll(databases: Databases, config: Config, now: Date): Promise<Status> {
  const rows = await readStatus(databases, WORKERS, config, now);
  const sizes = [
    await readDatabaseSize(asReader(databases.metrics.db)),
    await readDatabaseSize(asRiskReader(databases.risk.db)),
  ];
  const freeBytes = await freeBytesOf(config.database);
  return {
    checkedAt: now.toISOString(),
    workers: WORKERS.map((worker) => {
      const own = rows.filter((row) => row.worker === worker);
      return {
        worker,
        next_slot_at: nextSlot(worker, config.schedule, now),
        missed_slot_at: missedSlot(worker, own, config.schedule, now),
        sources: own.map(withoutWorker),
      };
    }).filter(({ worker, sources }) => worker !== 'mounts' || sources.length > 0),
    databases: sizes,
    freeBytes,
    monthsUntilFull: freeBytes === null ? null : monthsUntilFull(freeBytes, sizes),
  };
}

function withoutWorker(row: StatusRow): Omit<StatusRow, 'worker'> {
  const { worker: _, ...rest } = row;
  return rest;
}
