import { sql } from 'kysely';
import { theilSen } from '../analysis/statistics/theil-sen.ts';
import type { MetricsReader, RiskReader } from '../db/connect.ts';

type TableSize = {
  name: string;
  /** With indexes and partitions. */
  bytes: number;
  growthBytesPerDay: number | null;
};

/** How large a database of ours is, and how fast it grows. */
export type DatabaseSize = {
  database: string;
  bytes: number;
  /** Of the last 30 days; negative: it shrinks. null: sampled for fewer than three days. */
  growthBytesPerDay: number | null;
  /** Days from the first of these samples to the last. */
  sampledDays: number;
  /** The largest. */
  tables: TableSize[];
};

type Sample = { name: string; day: number; bytes: number };

const WINDOW_DAYS = 30;
const FEWEST_DAYS = 3;
const DAYS_PER_MONTH = 365.25 / 12;

/** Size now, and growth by the samples that maintenance takes daily (the median of all slopes: one clean-up moves it little). */
export async function readDatabaseSize(
  db: MetricsReader | RiskReader,
  { tables = 5 }: { tables?: number } = {},
): Promise<DatabaseSize> {
  const now = await readNow(db as MetricsReader, tables);
  const samples = await readSamples(
    db as MetricsReader,
    now.tables.map(({ name }) => name),
  );
  const of = Map.groupBy(samples, ({ name }) => name);
  const days = (of.get('') ?? []).map(({ day }) => day);
  return {
    database: now.database,
    bytes: now.bytes,
    growthBytesPerDay: growthOf(of.get('')),
    sampledDays: days.length === 0 ? 0 : Math.max(...days) - Math.min(...days),
    tables: now.tables.map((table) => ({ ...table, growthBytesPerDay: growthOf(of.get(table.name)) })),
  };
}

/** Months until `freeBytes` are used by these databases together; null: they do not grow, or it is not known. */
export function monthsUntilFull(freeBytes: number, sizes: readonly DatabaseSize[]): number | null {
  const rates = sizes.map(({ growthBytesPerDay }) => growthBytesPerDay);
  if (rates.includes(null)) return null;
  const perDay = rates.reduce<number>((sum, rate) => sum + (rate ?? 0), 0);
  return perDay > 0 ? freeBytes / perDay / DAYS_PER_MONTH : null;
}

async function readNow(db: MetricsReader, limit: number) {
  const found = sql<{
    database: string;
    bytes: number;
    tables: { name: string; bytes: number }[];
  }>`(
    select current_database()::text as database, pg_database_size(current_database()) as bytes,
           (select coalesce(jsonb_agg(jsonb_build_object('name', name, 'bytes', bytes) order by bytes desc, name), '[]')
              from (select root.relname as name, sum(pg_total_relation_size(tree.relid)) as bytes
                      from pg_class root cross join lateral (
                             select root.oid as relid where root.relkind = 'r'
                             union all
                             select leaf.relid from pg_partition_tree(root.oid) leaf where root.relkind = 'p' and leaf.isleaf) tree
                     where root.relnamespace = 'public'::regnamespace and root.relkind in ('r', 'p') and not root.relispartition
                     group by root.relname order by 2 desc, 1 limit ${limit}) largest) as tables)`;
  return db.selectFrom(found.as('size')).selectAll().executeTakeFirstOrThrow();
}

async function readSamples(db: MetricsReader, tables: string[]): Promise<Sample[]> {
  return db
    .selectFrom('database_size')
    .select(['table_name as name', sql<number>`sampled_on - date '2000-01-01'`.as('day'), 'bytes'])
    .where('table_name', 'in', ['', ...tables])
    .where('sampled_on', '>', sql<never>`current_date - ${sql.lit(WINDOW_DAYS)}::integer - 1`)
    .orderBy('sampled_on')
    .limit((tables.length + 1) * (WINDOW_DAYS + 2))
    .execute();
}

function growthOf(samples: readonly Sample[] = []): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.day - first.day < FEWEST_DAYS) return null;
  return theilSen(samples.map(({ day, bytes }) => ({ x: day, y: bytes }))).slope;
}
