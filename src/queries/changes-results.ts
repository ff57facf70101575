import { type SqlBool, sql } from 'kysely';
import type { MetricsReader, RiskReader, RunReader } from '../db/connect.ts';
import type { RunKey } from './health.ts';

const sourcesOf = (runs: readonly RunKey[]) => [...new Set(runs.map(({ sourceId }) => sourceId))];
const idsOf = (runs: readonly RunKey[]) => runs.map(({ runId }) => runId);

/** One number of one run, with its range where it has one; null: not known. */
export type Measure = {
  sourceId: string;
  runId: string;
  metric: string;
  value: number | null;
  low: number | null;
  high: number | null;
};

const jsonNumber = (column: string, key: string) =>
  sql`coalesce((${sql.ref(column)} ->> ${sql.lit(key)})::float8, 0)`;
const column = (name: string) => sql`${sql.ref(name)}::float8`;
const NONE = sql`null::float8`;

/** Numbers that each worker's run has one of, by table. */
const MEASURES = {
  health_score: [
    ['health_score', column('overall_score'), column('score_low'), column('score_high')],
    ['success_rate', column('success_rate'), NONE, NONE],
  ],
  capacity_summary: [
    ['use_bytes', column('use_bytes'), NONE, NONE],
    ['urgent_repositories', jsonNumber('by_priority', 'URGENT'), NONE, NONE],
  ],
  efficiency_summary: [
    ['reduction_factor', column('factor'), NONE, NONE],
    ['reclaimable_bytes', column('reclaimable_bytes'), NONE, NONE],
    ['open_anomalies', column('open_anomalies'), NONE, NONE],
  ],
  recovery_summary: [
    ['tested_share', column('coverage'), NONE, NONE],
    ['rpo_breached_workloads', jsonNumber('by_rpo', 'BREACHED'), NONE, NONE],
    ['restore_compliant_workloads', jsonNumber('by_sla', 'COMPLIANT'), NONE, NONE],
  ],
  risk_summary: [['risk_score', column('estate_score'), column('estate_low'), column('estate_high')]],
} as const;

export type MeasureTable = keyof typeof MEASURES;

/** The numbers of some runs, by source, run and metric. */
export function listMeasures(
  db: MetricsReader | RiskReader,
  table: MeasureTable,
  runs: readonly RunKey[],
): Promise<Measure[]> {
  if (runs.length === 0) return Promise.resolve([]);
  const parts = MEASURES[table].map(
    ([metric, value, low, high]) => sql`
      select source_id as "sourceId", run_id as "runId", ${sql.lit(metric)} as metric, ${value} as value, ${low} as low, ${high} as high
        from ${sql.table(table)}
       where source_id = any(${sourcesOf(runs)}::text[]) and run_id = any(${idsOf(runs)}::uuid[])`,
  );
  const all = sql<Measure>`(${sql.join(parts, sql` union all `)})`;
  return (db as MetricsReader)
    .selectFrom(all.as('measure'))
    .selectAll()
    .orderBy('sourceId')
    .orderBy('metric')
    .orderBy('runId')
    .limit(20_000)
    .execute();
}

/** Repositories as some runs saw them; extents stand for themselves beside their scale-out repository. */
export function listSpaces(db: MetricsReader, runs: readonly RunKey[]) {
  return db
    .selectFrom('capacity_forecast')
    .select([
      'source_id as sourceId',
      'run_id as runId',
      'repository_id as repositoryId',
      'kind',
      'name',
      'use_bytes as useBytes',
      'capacity_bytes as capacityBytes',
      'quality',
      'priority',
      'status_80 as status80',
      'early_80 as early80',
      'reasons',
      sql<string | null>`(made_on + early_80)::text`.as('early80On'),
    ])
    .where('source_id', 'in', sourcesOf(runs))
    .where('run_id', 'in', idsOf(runs))
    .where('kind', '<>', 'EXTENT')
    .orderBy('source_id')
    .orderBy('repository_id')
    .orderBy('run_id')
    .limit(50_000)
    .execute();
}

export type Space = Awaited<ReturnType<typeof listSpaces>>[number];

/** Findings that only one of two runs of a source has, or whose severity is another. */
export function listFindingChanges(db: MetricsReader, now: readonly RunKey[], before: readonly RunKey[]) {
  const of = (runs: readonly RunKey[]) =>
    db
      .selectFrom('health_finding')
      .select([
        'source_id',
        'run_id',
        'finding_id',
        'kind',
        'severity',
        'entity_kind',
        'entity_id',
        'entity_name',
        'since_at',
        'evidence',
      ])
      .where('source_id', 'in', sourcesOf(runs))
      .where('run_id', 'in', idsOf(runs));
  const either = <T>(name: string) => sql<T>`coalesce(${sql.ref(`n.${name}`)}, ${sql.ref(`b.${name}`)})`;
  return db
    .selectFrom(of(now).as('n'))
    .fullJoin(of(before).as('b'), (join) =>
      join.onRef('n.source_id', '=', 'b.source_id').onRef('n.finding_id', '=', 'b.finding_id'),
    )
    .select([
      either<string>('source_id').as('sourceId'),
      either<string>('finding_id').as('findingId'),
      either<string>('run_id').as('runId'),
      either<string>('kind').as('kind'),
      either<string>('entity_kind').as('entityKind'),
      either<string>('entity_id').as('entityId'),
      either<string>('entity_name').as('entityName'),
      either<Date | null>('since_at').as('sinceAt'),
      either<unknown>('evidence').as('evidence'),
      'n.severity as severity',
      'b.severity as severityBefore',
    ])
    .where(sql<SqlBool>`n.severity is distinct from b.severity`)
    .orderBy(either('source_id'))
    .orderBy(either('finding_id'))
    .limit(20_000)
    .execute();
}

export type FindingChange = Awaited<ReturnType<typeof listFindingChanges>>[number];

/** Endpoints and how they were read by some runs. */
export function listOutcomes(records: RunReader, runs: readonly RunKey[]) {
  if (runs.length === 0) return Promise.resolve([]);
  return records
    .selectFrom('run_endpoint')
    .select(['source_id as sourceId', 'run_id as runId', 'endpoint', 'outcome'])
    .where('source_id', 'in', sourcesOf(runs))
    .where('run_id', 'in', idsOf(runs))
    .orderBy('source_id')
    .orderBy('endpoint')
    .orderBy('run_id')
    .limit(100_000)
    .execute();
}
