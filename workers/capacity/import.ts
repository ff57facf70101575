import { sql } from 'kysely';
import type { Metrics } from '../../src/db/connect.ts';
import { ConfigError } from '../../src/errors.ts';
import { ensurePartitions } from '../../src/pipeline/partitions.ts';
import { storeSamples } from '../shared/samples.ts';
import { parseCsv } from './csv.ts';
import { checkRows, type ImportedRow, isSame, type KnownSource, keyOf } from './import-rows.ts';

export type Imported = {
  rows: number;
  stored: number;
  alreadyThere: number;
  repositories: number;
  from: string | null;
  until: string | null;
};

const BATCH_ROWS = 5_000;

/**
 * Stores older history of repositories from a CSV text, marked as imported; a second time changes nothing. Forecasts use
 * it from the next run on; our own readings go before it.
 * @throws ConfigError that names every wrong line; nothing is written then
 */
export async function importCapacity(db: Metrics, text: string, now: Date): Promise<Imported> {
  const { rows, problems } = checkRows(parseCsv(text), await listSources(db), now);
  if (problems.length === 0) problems.push(...(await findDifferent(db, rows)));
  if (problems.length > 0) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    throw new ConfigError(
      `nothing was imported, ${count}:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    );
  }
  const samples = [...new Map(rows.map(({ sample }) => [keyOf(sample), sample])).values()];
  const times = samples.map(({ sampled_at }) => new Date(sampled_at));
  await ensurePartitions(db, 'repository_sample', times);
  const stored = await db.transaction().execute(async (trx) => {
    let sum = 0;
    for (const own of Map.groupBy(samples, ({ source_id }) => source_id).values())
      for (let i = 0; i < own.length; i += BATCH_ROWS)
        sum += await storeSamples(trx, own.slice(i, i + BATCH_ROWS));
    return sum;
  });
  const sorted = times.map((time) => time.toISOString()).toSorted();
  return {
    rows: rows.length,
    stored,
    alreadyThere: rows.length - stored,
    repositories: new Set(samples.map((one) => `${one.source_id} ${one.repository_id}`)).size,
    from: sorted[0] ?? null,
    until: sorted.at(-1) ?? null,
  };
}

async function listSources(db: Metrics): Promise<KnownSource[]> {
  const { rows } = await sql<{ source_id: string; zone: string; id: string; name: string }>`
    select r.source_id, z.time_zone as zone, r.repository_id as id, r.name
      from repository r
     cross join lateral (select time_zone from capacity_summary s where s.source_id = r.source_id
                          order by concluded_at desc limit 1) z
     order by r.source_id, r.repository_id`.execute(db);
  return [...Map.groupBy(rows, ({ source_id }) => source_id)].map(([sourceId, own]) => ({
    sourceId,
    zone: own[0]?.zone ?? 'UTC',
    repositories: own.map(({ id, name }) => ({ id, name })),
  }));
}

/** Rows that were imported before with other numbers. What we saw ourselves stays as it is. */
async function findDifferent(db: Metrics, rows: readonly ImportedRow[]): Promise<string[]> {
  const problems: string[] = [];
  for (let i = 0; i < rows.length; i += BATCH_ROWS) {
    const some = rows.slice(i, i + BATCH_ROWS);
    const stored = await sql<StoredRow>`
      select s.source_id, s.repository_id, s.sampled_at, s.capacity_bytes, s.used_bytes
        from unnest(${some.map(({ sample }) => sample.source_id)}::text[], ${some.map(({ sample }) => sample.repository_id)}::text[],
                    ${some.map(({ sample }) => sample.sampled_at)}::timestamptz[]) as k(source_id, repository_id, sampled_at)
        join repository_sample s using (source_id, repository_id, sampled_at)
       where s.is_imported`.execute(db);
    const known = new Map(stored.rows.map((row) => [keyOf(row), row]));
    for (const row of some) {
      const other = known.get(keyOf(row.sample));
      if (other && !isSame(other, row.sample))
        problems.push(
          `line ${row.line}: was imported before with other numbers (capacity ${other.capacity_bytes}, used ${other.used_bytes} bytes), which stay`,
        );
    }
  }
  return problems;
}

type StoredRow = {
  source_id: string;
  repository_id: string;
  sampled_at: Date;
  capacity_bytes: number | null;
  used_bytes: number | null;
};
