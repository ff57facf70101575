import { type SqlBool, sql } from 'kysely';
import type { RiskReader } from '../db/connect.ts';
import type { RunKey } from './health.ts';

export type ComplianceQuestion = {
  runs: RunKey[];
  /** These workloads; all if left out. */
  workloadIds?: readonly string[] | undefined;
  /** 0: no rule gave one. */
  tier?: number | undefined;
  limit: number;
  offset: number;
};

const DIGITS = sql`array[c.copies, c.media, c.offsite, c.immutable, c.zero_errors, c.rpo, c.rto]`;
const many = (status: string) => sql<number>`cardinality(array_positions(${DIGITS}, ${sql.lit(status)}))`;

/** 3-2-1-1-0 and targets per workload: the highest tier first, and in it the one that breaks most. */
export function listCompliance(db: RiskReader, question: ComplianceQuestion) {
  const { runs, workloadIds, tier, limit, offset } = question;
  return db
    .selectFrom('risk_compliance as c')
    .select([
      'c.source_id as sourceId',
      'c.workload_id as workloadId',
      'c.name',
      'c.tier',
      'c.copies',
      'c.media',
      'c.offsite',
      'c.immutable',
      'c.zero_errors as zeroErrors',
      'c.rpo',
      'c.rto',
      'c.digits',
      'c.first_expires_at as firstExpiresAt',
      sql<number>`count(*) over ()`.as('matching'),
    ])
    .where('c.source_id', 'in', [...new Set(runs.map(({ sourceId }) => sourceId))])
    .where('c.run_id', 'in', [...new Set(runs.map(({ runId }) => runId))])
    .$if(workloadIds !== undefined, (query) =>
      query.where(sql<SqlBool>`c.workload_id = any(${[...(workloadIds ?? [])]}::text[])`),
    )
    .$if(tier === 0, (query) => query.where('c.tier', 'is', null))
    .$if(Boolean(tier), (query) => query.where('c.tier', '=', tier ?? 0))
    .orderBy(sql`coalesce(c.tier, 2.5)`)
    .orderBy(many('BROKEN'), 'desc')
    .orderBy(many('UNPROVEN'), 'desc')
    .orderBy('c.source_id')
    .orderBy('c.workload_id')
    .limit(limit)
    .offset(offset)
    .execute();
}

export type ComplianceRow = Awaited<ReturnType<typeof listCompliance>>[number];

/** The same rolled up per source and tier, the highest tier first and those without one last. */
export function listComplianceTiers(db: RiskReader, runs: RunKey[]) {
  return db
    .selectFrom('risk_compliance_tier')
    .select([
      'source_id as sourceId',
      'tier',
      'workloads',
      'counts',
      'all_proven as allProven',
      'any_broken as anyBroken',
    ])
    .where('source_id', 'in', [...new Set(runs.map(({ sourceId }) => sourceId))])
    .where('run_id', 'in', [...new Set(runs.map(({ runId }) => runId))])
    .orderBy(sql`nullif(tier, 0) nulls last`)
    .orderBy('any_broken', 'desc')
    .orderBy('source_id')
    .limit(5_000)
    .execute();
}

export type ComplianceTierRow = Awaited<ReturnType<typeof listComplianceTiers>>[number];
