import type { FaultServer, Sql } from './server.ts';

/** A run as its record tells it, with all that hangs on it. */
export type RunRecord = {
  database: 'metrics' | 'risk';
  source_id: string;
  run_id: string;
  worker: string;
  status: string;
  started_at: Date;
  source_time: Date | null;
  error_code: string | null;
  error_message: string | null;
  endpoints: {
    endpoint: string;
    outcome: string;
    message: string | null;
    retries: number;
    rows_fetched: number;
    /** As many as the source said there are; null: it did not. */
    rows_total: number | null;
    duration_ms: number;
  }[];
  events: { action: string; detail: Record<string, unknown> }[];
};

/** Rows of each table of both databases as texts in a fixed order; what a run says of itself is apart. */
export type Contents = Map<string, string[]>;

const KINDS = ['metrics', 'risk'] as const;
const OF_RUNS = ['run', 'run_endpoint', 'run_event'];

/**
 * Left out, as they tell how the reading went and not what is there: which run moved a watermark last (after a kill the next
 * one finds nothing new), how many rows a run asked for anew, and how rare a name was among the machines known at that time
 * (a vault that is read again knows the ones that were read meanwhile). And what the daily maintenance writes about itself,
 * which belongs to the schedule and not to the runs.
 */
const LEFT_OUT: Record<string, string[]> = {
  watermark: ['run_id'],
  health_score: ['completeness'],
  efficiency_summary: ['completeness'],
  recovery_summary: ['completeness'],
  capacity_summary: ['completeness'],
  workload_match: ['evidence', 'probability'],
  database_size: ['*'],
  maintenance_run: ['*'],
  maintenance_step: ['*'],
  retention_rule: ['*'],
};

export async function readRuns(server: FaultServer, name: string): Promise<RunRecord[]> {
  const runs: RunRecord[] = [];
  for (const database of KINDS) {
    const rows = await server.inDatabase(`${database}_${name}`, (sql) =>
      sql(
        `select r.source_id, r.run_id, r.worker, r.status, r.started_at, r.source_time, r.error_code, r.error_message,
              coalesce((select jsonb_agg(jsonb_build_object('endpoint', endpoint, 'outcome', outcome, 'message', message,
                        'retries', retries, 'duration_ms', duration_ms,
                        'rows_fetched', rows_fetched, 'rows_total', rows_total) order by endpoint) from run_endpoint e
                         where (e.source_id, e.run_id) = (r.source_id, r.run_id)), '[]') as endpoints,
              coalesce((select jsonb_agg(jsonb_build_object('action', action, 'detail', detail) order by seq) from run_event v
                         where (v.source_id, v.run_id) = (r.source_id, r.run_id)), '[]') as events
         from run r order by r.started_at, r.worker, r.source_id, r.run_id`,
      ),
    );
    runs.push(...rows.map((row) => ({ ...row, database }) as unknown as RunRecord));
  }
  return runs;
}

export const isConcluded = ({ status }: RunRecord) => status === 'succeeded' || status === 'partial';
const slotOf = ({ worker, source_id, started_at }: RunRecord) =>
  `${worker} of ${source_id} at ${started_at.toISOString()}`;

/** Runs that count begin at full minutes; those that had to be repeated were set back a little. */
const isSetBack = ({ started_at }: RunRecord) => started_at.getTime() % MINUTE_MS !== 0;

const MINUTE_MS = 60_000;
const toText = (at: Date) => at.toISOString().replace(/\.?0*Z$/, '+00:00');
/** The minute that a run began in before it was set back. */
const slotTime = (at: Date) => toText(new Date(Math.ceil(at.getTime() / MINUTE_MS) * MINUTE_MS));

/** The run of each worker, source and slot that counts: the one that is whole, where an earlier one was not. */
function countingRuns(runs: readonly RunRecord[]): Map<string, RunRecord> {
  const bySlot = new Map<string, RunRecord>();
  for (const run of runs.filter(isConcluded)) if (!isSetBack(run)) bySlot.set(slotOf(run), run);
  return bySlot;
}

/** All tables of both databases, runs by their slot in place of their ids. */
export async function readContents(
  server: FaultServer,
  name: string,
  leftOut: Record<string, string[]> = {},
): Promise<Contents> {
  const runs = await readRuns(server, name);
  const counting = countingRuns(runs);
  const labels = new Map(runs.map((run) => [run.run_id, `<${run.status} ${slotOf(run)}>`]));
  const isCounting = new Map([...counting].map(([slot, { run_id }]) => [run_id, slot]));
  for (const [id, slot] of isCounting) labels.set(id, `<${slot}>`);
  const superseded = new Set(
    runs.filter((run) => isConcluded(run) && isSetBack(run)).map(({ run_id }) => run_id),
  );
  const wrongTimes = runs.flatMap(({ source_id: source, source_time: at, started_at }) =>
    at && Math.abs(at.getTime() - started_at.getTime()) > 60_000 ? [{ source, at }] : [],
  );
  const setBack = new Map(
    runs.filter(isSetBack).map(({ started_at }) => [toText(started_at), slotTime(started_at)]),
  );
  const contents: Contents = new Map();
  for (const database of KINDS)
    await server.inDatabase(`${database}_${name}`, async (sql) => {
      for (const table of await tablesOf(sql))
        contents.set(
          `${database}.${table}`,
          await rowsOf(
            sql,
            table,
            labels,
            superseded,
            [...(LEFT_OUT[table] ?? []), ...(leftOut[table] ?? [])],
            wrongTimes,
            setBack,
          ),
        );
    });
  contents.set(
    'runs that concluded',
    [...counting.values()]
      .map((run) => JSON.stringify([slotOf(run), run.status, run.source_time, run.error_code]))
      .sort(),
  );
  return contents;
}

async function tablesOf(sql: Sql): Promise<string[]> {
  const rows = await sql(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
        and not relispartition and relname !~ '^kysely_' and not relname = any($1) order by 1`,
    [OF_RUNS],
  );
  return rows.map(({ name }) => String(name));
}

/** As PostgreSQL writes a time in UTC into JSON. */
const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00/g;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

async function rowsOf(
  sql: Sql,
  table: string,
  labels: ReadonlyMap<string, string>,
  superseded: ReadonlySet<string>,
  leftOut: readonly string[],
  wrongTimes: readonly { source: string; at: Date }[],
  setBack: ReadonlyMap<string, string>,
): Promise<string[]> {
  if (leftOut.includes('*')) return [];
  // What was sampled while the clock of its server was wrong has that time: a sample more. A state that lasted no time, as the
  // clock of the suite stands still, is one that nobody can ask for. And a subscription that could not be listed before any of
  // its vaults was known stands for them until they are: it is the record of that fault, and in no answer afterwards.
  const rows = await sql(
    `select (row - $1::text[])::text as row, row->>'run_id' as run_id
       from (select to_jsonb(t) as row from public.${table} t) as t
      where ((row->>'source_id', (row->>'sampled_at')::timestamptz) in (
              select * from unnest($2::text[], $3::timestamptz[]))) is not true
        and (row->>'source_id' like 'azure:subscription:%') is not true
        and (${table.endsWith('_past')} and row->>'known_from' = row->>'known_until') is not true`,
    [leftOut, wrongTimes.map(({ source }) => source), wrongTimes.map(({ at }) => at)],
  );
  const kept = rows.filter(({ run_id }) => table === 'watermark' || !superseded.has(String(run_id)));
  return kept
    .map(({ row }) =>
      String(row)
        .replaceAll(UUID, (id) => labels.get(id) ?? id)
        .replaceAll(INSTANT, (time) => setBack.get(time) ?? time),
    )
    .sort();
}

/** What differs, a line for each table; empty: nothing. */
export function differences(found: Contents, wanted: Contents): string[] {
  const lines: string[] = [];
  for (const table of new Set([...found.keys(), ...wanted.keys()])) {
    const [a, b] = [found.get(table) ?? [], wanted.get(table) ?? []];
    const extra = without(a, b);
    const missing = without(b, a);
    if (extra.length + missing.length === 0) continue;
    lines.push(
      `${table}: ${extra.length} rows too many, ${missing.length} missing` +
        `\n      found  ${shown(extra[0], missing[0])}\n      wanted ${shown(missing[0], extra[0])}`,
    );
  }
  return lines;
}

/** Rows of `a` that `b` has not, each as often as it is there more often. */
function without(a: readonly string[], b: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const row of b) left.set(row, (left.get(row) ?? 0) + 1);
  return a.filter((row) => {
    const count = left.get(row) ?? 0;
    left.set(row, count - 1);
    return count <= 0;
  });
}

/** The part of a row from a little before where it differs from another. */
function shown(row: string | undefined, other: string | undefined): string {
  if (row === undefined) return '(no such row)';
  let same = 0;
  while (other !== undefined && same < row.length && row[same] === other[same]) same += 1;
  return `${row.slice(0, 200)} … ${row.slice(Math.max(200, same - 120), same + 400)}`;
}
