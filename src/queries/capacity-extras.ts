import { type SqlBool, sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';
import type { RunKey } from './health.ts';

/** Rows that belong to the forecasts of some runs: all of them, or those of the repositories named. */
export type ExtrasQuestion = {
  runs: RunKey[];
  repositoryIds: readonly string[] | undefined;
  limit: number;
  offset: number;
};

/** Steps, spikes, changes of capacity and times offline, the newest first. */
export function listCapacityEvents(
  db: MetricsReader,
  { runs, repositoryIds, limit, offset }: ExtrasQuestion,
) {
  return db
    .selectFrom('capacity_event as e')
    .innerJoin('capacity_forecast as f', (join) =>
      join
        .onRef('f.source_id', '=', 'e.source_id')
        .onRef('f.run_id', '=', 'e.run_id')
        .onRef('f.repository_id', '=', 'e.repository_id'),
    )
    .select([
      'e.source_id as sourceId',
      'e.repository_id as repositoryId',
      'f.name',
      'e.event_id as eventId',
      'e.kind',
      sql<string>`e.local_day::text`.as('day'),
      'e.bytes',
      'e.days',
      sql<number>`count(*) over ()`.as('matching'),
    ])
    .where('e.source_id', 'in', sourcesOf(runs))
    .where('e.run_id', 'in', runIdsOf(runs))
    .$if(repositoryIds !== undefined, (query) =>
      query.where(sql<SqlBool>`e.repository_id = any(${[...(repositoryIds ?? [])]}::text[])`),
    )
    .$if(repositoryIds === undefined, (query) => query.where('f.kind', '<>', 'EXTENT'))
    .orderBy('e.local_day', 'desc')
    .orderBy('e.source_id')
    .orderBy('e.repository_id')
    .orderBy('e.event_id')
    .limit(limit)
    .offset(offset)
    .execute();
}

export type CapacityEventRow = Awaited<ReturnType<typeof listCapacityEvents>>[number];

const deltaOf = (days: number) =>
  sql<number | null>`max(a.delta_bytes) filter (where a.period_days = ${sql.lit(days)})`;

/** Who filled the repositories within a week and a month, the largest change first. `kind`: what the rows are about. */
export function listAttribution(
  db: MetricsReader,
  { runs, repositoryIds, limit, offset, kind }: ExtrasQuestion & { kind: 'JOB' | 'BACKUP' },
) {
  return attributionOf(db, { runs, repositoryIds })
    .select([
      'a.source_id as sourceId',
      'a.repository_id as repositoryId',
      'a.kind',
      'a.job_id as jobId',
      'a.backup_id as backupId',
      'a.name',
      deltaOf(7).as('delta7'),
      deltaOf(30).as('delta30'),
      sql<number | null>`max(a.bytes_after)`.as('bytesAfter'),
      sql<number>`count(*) over ()`.as('matching'),
    ])
    .where('a.kind', '=', kind)
    .groupBy([
      'a.source_id',
      'a.repository_id',
      'a.contributor_id',
      'a.kind',
      'a.job_id',
      'a.backup_id',
      'a.name',
    ])
    .orderBy(sql`abs(coalesce(${deltaOf(30)}, ${deltaOf(7)}, 0))`, 'desc')
    .orderBy(sql`abs(coalesce(${deltaOf(7)}, 0))`, 'desc')
    .orderBy('a.source_id')
    .orderBy('a.repository_id')
    .orderBy('a.contributor_id')
    .limit(limit)
    .offset(offset)
    .execute();
}

/** Per repository and period: the change of its use, what jobs explain of it, and the rest. */
export function listAttributionTotals(
  db: MetricsReader,
  { runs, repositoryIds }: { runs: RunKey[]; repositoryIds: readonly string[] },
) {
  return attributionOf(db, { runs, repositoryIds })
    .select([
      'a.repository_id as repositoryId',
      'a.period_days as periodDays',
      'a.since_at as sinceAt',
      'a.until_at as untilAt',
      sql<number | null>`max(a.delta_bytes) filter (where a.kind = 'TOTAL')`.as('totalBytes'),
      sql<number>`coalesce(sum(a.delta_bytes) filter (where a.kind = 'JOB'), 0)::bigint`.as('jobsBytes'),
      sql<number | null>`max(a.delta_bytes) filter (where a.kind = 'OTHER')`.as('otherBytes'),
      sql<string | null>`max(a.reason)`.as('reason'),
    ])
    .groupBy(['a.repository_id', 'a.period_days', 'a.since_at', 'a.until_at'])
    .orderBy('a.repository_id')
    .orderBy('a.period_days')
    .limit(20)
    .execute();
}

/** Growth of one job in one repository per period, for the periods that have passed since it was there. */
export function listJobGrowth(
  db: MetricsReader,
  { runs, repositoryIds, jobId }: { runs: RunKey[]; repositoryIds: readonly string[]; jobId: string },
) {
  return attributionOf(db, { runs, repositoryIds })
    .select([
      'a.period_days as periodDays',
      'a.since_at as sinceAt',
      'a.until_at as untilAt',
      'a.bytes_before as bytesBefore',
      'a.delta_bytes as deltaBytes',
    ])
    .where('a.kind', '=', 'JOB')
    .where('a.job_id', '=', jobId)
    .orderBy('a.period_days', 'desc')
    .orderBy('a.repository_id')
    .limit(10)
    .execute();
}

function attributionOf(
  db: MetricsReader,
  { runs, repositoryIds }: { runs: RunKey[]; repositoryIds: readonly string[] | undefined },
) {
  return db
    .selectFrom('capacity_attribution as a')
    .where('a.source_id', 'in', sourcesOf(runs))
    .where('a.run_id', 'in', runIdsOf(runs))
    .$if(repositoryIds !== undefined, (query) =>
      query.where(sql<SqlBool>`a.repository_id = any(${[...(repositoryIds ?? [])]}::text[])`),
    );
}

export type AttributionRow = Awaited<ReturnType<typeof listAttribution>>[number];

/** Day on which bytes can go: when retention lets go of them, and not before immutability does. */
const RELEASE_ON = sql<
  string | null
>`case when l.due_on is not null then greatest(l.due_on, l.held_until) end`;

/** When stored bytes are released, per job and day, the soonest first; what has no day comes last. */
export function listLedger(db: MetricsReader, { runs, repositoryIds, limit, offset }: ExtrasQuestion) {
  return ledgerOf(db, { runs, repositoryIds })
    .select([
      'l.source_id as sourceId',
      'l.repository_id as repositoryId',
      'l.job_id as jobId',
      'l.job_name as jobName',
      'l.basis',
      sql<string | null>`(${RELEASE_ON})::text`.as('releaseOn'),
      sql<string | null>`l.due_on::text`.as('dueOn'),
      sql<string | null>`l.held_until::text`.as('heldUntil'),
      sql<number>`sum(l.files)`.as('files'),
      sql<number>`sum(l.stored_bytes)::bigint`.as('storedBytes'),
      sql<number>`sum(l.unsized_files)`.as('unsizedFiles'),
      sql<number>`count(*) over ()`.as('matching'),
    ])
    .groupBy([
      'l.source_id',
      'l.repository_id',
      'l.job_id',
      'l.job_name',
      'l.basis',
      'l.due_on',
      'l.held_until',
    ])
    .orderBy(sql`${RELEASE_ON} asc nulls last`)
    .orderBy(sql`sum(l.stored_bytes)`, 'desc')
    .orderBy('l.source_id')
    .orderBy('l.repository_id')
    .orderBy(sql`coalesce(l.job_id, '')`)
    .orderBy('l.basis')
    .orderBy(sql`coalesce(l.held_until, l.due_on)`)
    .limit(limit)
    .offset(offset)
    .execute();
}

export type LedgerRow = Awaited<ReturnType<typeof listLedger>>[number];

/** Bytes of the ledger by when they may go, counted from `today` (a local day), and by what keeps those without a day. */
export function sumLedger(
  db: MetricsReader,
  {
    runs,
    repositoryIds,
    today,
  }: { runs: RunKey[]; repositoryIds: readonly string[] | undefined; today: string },
) {
  const within = (days: number) => sql<number>`coalesce(sum(l.stored_bytes)
    filter (where ${RELEASE_ON} > ${today}::date and ${RELEASE_ON} <= ${today}::date + ${days}::int), 0)::bigint`;
  const basis = (name: string) =>
    sql<number>`coalesce(sum(l.stored_bytes) filter (where l.due_on is null and l.basis = ${name}), 0)::bigint`;
  return ledgerOf(db, { runs, repositoryIds })
    .select([
      sql<number>`count(*)`.as('lines'),
      sql<number>`coalesce(sum(l.stored_bytes), 0)::bigint`.as('storedBytes'),
      sql<number>`coalesce(sum(l.unsized_files), 0)`.as('unsizedFiles'),
      sql<number>`coalesce(sum(l.stored_bytes) filter (where ${RELEASE_ON} <= ${today}::date), 0)::bigint`.as(
        'overdue',
      ),
      within(7).as('within7'),
      within(30).as('within30'),
      sql<number>`coalesce(sum(l.stored_bytes) filter (where l.held_until > ${today}::date), 0)::bigint`.as(
        'held',
      ),
      sql<number>`coalesce(sum(l.stored_bytes) filter (where l.due_on is null), 0)::bigint`.as('undated'),
      basis('ACTIVE_CHAIN').as('activeChain'),
      basis('NO_JOB').as('noJob'),
      basis('UNKNOWN_RETENTION').as('unknownRetention'),
    ])
    .executeTakeFirstOrThrow();
}

export type LedgerSum = Awaited<ReturnType<typeof sumLedger>>;

function ledgerOf(
  db: MetricsReader,
  { runs, repositoryIds }: { runs: RunKey[]; repositoryIds: readonly string[] | undefined },
) {
  return db
    .selectFrom('space_ledger as l')
    .where('l.source_id', 'in', sourcesOf(runs))
    .where('l.run_id', 'in', runIdsOf(runs))
    .$if(repositoryIds !== undefined, (query) =>
      query.where(sql<SqlBool>`l.repository_id = any(${[...(repositoryIds ?? [])]}::text[])`),
    );
}

/** Past forecasts against what came, as the runs that ended by `until` had scored them, the newest day first. */
export function listAccuracy(
  db: MetricsReader,
  { runs, repositoryIds, limit, offset, until }: ExtrasQuestion & { until: Date },
) {
  return (
    db
      .selectFrom('capacity_accuracy as c')
      .leftJoin('run as r', (join) =>
        join.onRef('r.source_id', '=', 'c.source_id').onRef('r.run_id', '=', 'c.run_id'),
      )
      .select([
        'c.source_id as sourceId',
        'c.repository_id as repositoryId',
        sql<string>`c.made_on::text`.as('madeOn'),
        'c.ahead_days as aheadDays',
        sql<string>`c.target_on::text`.as('targetOn'),
        'c.low_bytes as lowBytes',
        'c.mid_bytes as midBytes',
        'c.high_bytes as highBytes',
        'c.actual_bytes as actualBytes',
        'c.is_inside as isInside',
        'c.signed_error as signedError',
        sql<number>`count(*) over ()`.as('matching'),
      ])
      .where('c.source_id', 'in', sourcesOf(runs))
      // A record of a run that is gone by retention is old enough.
      .where((eb) => eb.or([eb('r.finished_at', '<=', until), eb('r.run_id', 'is', null)]))
      .$if(repositoryIds !== undefined, (query) =>
        query.where(sql<SqlBool>`c.repository_id = any(${[...(repositoryIds ?? [])]}::text[])`),
      )
      .orderBy('c.target_on', 'desc')
      .orderBy('c.ahead_days')
      .orderBy('c.source_id')
      .orderBy('c.repository_id')
      .limit(limit)
      .offset(offset)
      .execute()
  );
}

export type AccuracyRow = Awaited<ReturnType<typeof listAccuracy>>[number];

const sourcesOf = (runs: RunKey[]) => [...new Set(runs.map(({ sourceId }) => sourceId))];
const runIdsOf = (runs: RunKey[]) => runs.map(({ runId }) => runId);
