import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sql } from 'kysely';
import { from as copyFrom } from 'pg-copy-streams';
import { migrate, openDatabases } from '../../src/db/database.ts';
import { type BulkRow, upsertRows } from '../../src/pipeline/bulk.ts';
import { ensurePartitions } from '../../src/pipeline/partitions.ts';
import { newSuffix, startTestServer, toSettings } from '../support/postgres.ts';
import { type Measurement, median, round } from './measurement.ts';

const ROWS = 100_000;
const BATCH = 4_000;
const ROUNDS = 3;
const BEGIN = Date.UTC(2026, 0, 1);

type Row = BulkRow<'session'>;

/** Storing sessions as the worker does, against COPY of the same rows into the same table, turn by turn. */
export async function* benchLoad(): AsyncGenerator<Measurement> {
  const server = await startTestServer();
  const settings = toSettings(server, newSuffix());
  await migrate(settings);
  const databases = await openDatabases(settings, 'collector', 'dr365 bench');
  const owner = await openDatabases(settings, 'owner', 'dr365 bench');
  try {
    const { db } = databases.metrics;
    const rows = Array.from({ length: ROWS }, (_, index) => toRow(index));
    await ensurePartitions(
      db,
      'session',
      rows.map(({ created_at }) => created_at as Date),
    );
    const empty = () => sql`truncate session`.execute(owner.metrics.db);
    const loads: number[] = [];
    const copies: number[] = [];
    for (let turn = 0; turn < ROUNDS; turn += 1) {
      await empty();
      loads.push(await timed(() => loadAll(db, rows)));
      await empty();
      copies.push(await timed(() => copyAll(databases.metrics.pool, rows)));
    }
    const load = ROWS / median(loads);
    const copy = ROWS / median(copies);
    yield { what: 'sessions stored by upsert', value: round(load), unit: 'rows/s', rows: ROWS };
    yield { what: 'sessions stored by COPY', value: round(copy), unit: 'rows/s', rows: ROWS };
    yield { what: 'upsert against COPY', value: round(load / copy, 2), unit: 'ratio', wanted: '0.5 or more' };
    yield {
      what: 'the same rows again, all unchanged',
      value: round(ROWS / (await timed(() => loadAll(db, rows)))),
      unit: 'rows/s',
    };
  } finally {
    await databases.close();
    await owner.close();
    await server.stop();
  }
}

async function loadAll(
  db: Awaited<ReturnType<typeof openDatabases>>['metrics']['db'],
  rows: Row[],
): Promise<void> {
  for (let start = 0; start < rows.length; start += BATCH) {
    const batch = rows.slice(start, start + BATCH);
    await db
      .transaction()
      .execute((trx) =>
        upsertRows(trx, 'session', batch, { key: ['source_id', 'session_id', 'created_at'] }),
      );
  }
}

async function copyAll(
  pool: Awaited<ReturnType<typeof openDatabases>>['metrics']['pool'],
  rows: Row[],
): Promise<void> {
  const columns = Object.keys(rows[0] as object);
  const client = await pool.connect();
  try {
    for (let start = 0; start < rows.length; start += BATCH) {
      const lines = rows
        .slice(start, start + BATCH)
        .map((row) => columns.map((column) => toField(row[column as keyof Row])).join('\t'));
      const stream = client.query(copyFrom(`copy session (${columns.join(', ')}) from stdin`));
      await pipeline(Readable.from([`${lines.join('\n')}\n`]), stream);
    }
  } finally {
    client.release();
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function toField(value: unknown): string {
  if (value === null || value === undefined) return '\\N';
  if (value instanceof Date) return value.toISOString();
  return `${value as string | number | boolean}`
    .replaceAll('\\', '\\\\')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n');
}

function toRow(index: number): Row {
  const created = new Date(BEGIN + index * 60_000);
  return {
    source_id: 'vbr01.example.com',
    session_id: `${index.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`,
    created_at: created,
    ended_at: new Date(created.getTime() + 1_800_000),
    name: `Job ${index % 1000} (Incremental)`,
    session_type: 'BackupJob',
    job_id: `${(index % 1000).toString(16).padStart(8, '0')}-1111-4000-8000-000000000000`,
    state: 'Stopped',
    result: index % 20 ? 'Success' : 'Failed',
    message: index % 20 ? 'Success' : 'Processing SRV-01 Error: There is not enough space on the disk.',
    is_canceled: false,
    progress_percent: 100,
    parent_session_id: null,
    related_session_id: null,
    original_session_id: null,
    retry_number: null,
    is_recheck_retry: null,
    initiated_by: 'SYSTEM',
    processed_bytes: 50_000_000_000 + index,
    read_bytes: 4_000_000_000 + index,
    transferred_bytes: 2_000_000_000 + index,
    bottleneck: 'Source',
    usn: index,
    vanished_at: null,
    known_from: created,
  };
}
