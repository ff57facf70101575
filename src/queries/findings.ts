import { type SqlBool, sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';
import type { RunKey } from './health.ts';

export type FindingFilter = {
  kind?: string | undefined;
  /** Only findings about these jobs. */
  jobIds?: readonly string[] | undefined;
  /** Only findings after this one. */
  after?: FindingPosition | undefined;
};

/** Where a page goes on: the sort key of the last finding shown. `turn` is its place among those of its severity and kind. */
export type FindingPosition = [severity: number, turn: number, kind: string];

const SEVERITY = sql<number>`array_position(array['critical', 'high', 'medium', 'low'], f.severity)`;

/**
 * Findings of the given runs, the most severe first. Within a severity the kinds take turns, malware first: however many
 * jobs fail, the first rows have one of each kind.
 */
export function listFindings(
  db: MetricsReader,
  { runs, filter, limit }: { runs: RunKey[]; filter: FindingFilter; limit: number },
) {
  return findingsOf(db, runs, filter)
    .select([
      'f.source_id as sourceId',
      'f.finding_id as findingId',
      'f.kind',
      'f.severity',
      'f.entity_kind as entityKind',
      'f.entity_id as entityId',
      'f.entity_name as entityName',
      'f.level',
      'f.since_at as sinceAt',
      'f.cause',
      'f.evidence',
      'f.severityRank',
      'f.turn',
    ])
    .orderBy('f.severityRank')
    .orderBy('f.turn')
    .orderBy(sql`f.kind <> ${FIRST_KIND}`)
    .orderBy('f.kind')
    .limit(limit)
    .execute();
}

export type Finding = Awaited<ReturnType<typeof listFindings>>[number];

/** How many findings there are of each kind. */
export function countFindings(db: MetricsReader, runs: RunKey[], filter: FindingFilter) {
  return findingsOf(db, runs, filter)
    .select((eb) => [
      'f.source_id as sourceId',
      'f.kind',
      'f.severity',
      eb.fn.countAll<number>().as('findings'),
    ])
    .groupBy(['f.source_id', 'f.kind', 'f.severity'])
    .groupBy('f.severityRank')
    .orderBy('f.source_id')
    .orderBy('f.severityRank')
    .orderBy('f.kind')
    .execute();
}

/** Incidents of the given runs, newest first; with `jobId` those in which the job failed. */
export function listIncidents(
  db: MetricsReader,
  { runs, jobId, limit }: { runs: RunKey[]; jobId?: string; limit: number },
) {
  return db
    .selectFrom('health_incident as i')
    .select([
      'i.source_id as sourceId',
      'i.incident_id as incidentId',
      'i.started_at as startedAt',
      'i.ended_at as endedAt',
      'i.failed_jobs as failedJobs',
      'i.active_jobs as activeJobs',
      'i.tail_probability as tailProbability',
      'i.job_ids as jobIds',
      'i.suspected_cause as suspectedCause',
    ])
    .where(
      'i.source_id',
      'in',
      runs.map(({ sourceId }) => sourceId),
    )
    .where(
      'i.run_id',
      'in',
      runs.map(({ runId }) => runId),
    )
    .$if(jobId !== undefined, (query) => query.where(sql<SqlBool>`${jobId}::text = any(i.job_ids)`))
    .orderBy('i.started_at', 'desc')
    .orderBy('i.incident_id')
    .limit(limit)
    .execute();
}

export type Incident = Awaited<ReturnType<typeof listIncidents>>[number];

/** What an attack looks like must not wait behind the usual troubles. */
const FIRST_KIND = 'MALWARE_DETECTED';

/** Of many sources the order within a kind: trouble that lasts longest first, of detections the newest. */
const URGENCY = sql`(case when f.kind = ${sql.lit(FIRST_KIND)} then -1 else 1 end) * extract(epoch from f.since_at) nulls last`;

function findingsOf(db: MetricsReader, runs: RunKey[], filter: FindingFilter) {
  const [severity, turn, kind] = filter.after ?? [];
  return db
    .selectFrom(inTurns(db, runs, filter).as('f'))
    .$if(filter.after !== undefined, (query) =>
      query.where(
        sql<SqlBool>`(f."severityRank", f.turn, f.kind <> ${FIRST_KIND}, f.kind) > (${severity}::int, ${turn}::int, ${kind}::text <> ${FIRST_KIND}, ${kind}::text)`,
      ),
    );
}

function inTurns(db: MetricsReader, runs: RunKey[], { kind, jobIds }: FindingFilter) {
  return db
    .selectFrom('health_finding as f')
    .selectAll('f')
    .select([
      SEVERITY.as('severityRank'),
      sql<number>`(row_number() over (partition by f.severity, f.kind order by ${URGENCY}, f.source_id, f.finding_id))::int`.as(
        'turn',
      ),
    ])
    .where(
      'f.source_id',
      'in',
      runs.map(({ sourceId }) => sourceId),
    )
    .where(
      'f.run_id',
      'in',
      runs.map(({ runId }) => runId),
    )
    .$if(kind !== undefined, (query) => query.where('f.kind', '=', kind ?? ''))
    .$if(jobIds !== undefined, (query) =>
      query.where(sql<SqlBool>`f.entity_kind = 'job' and f.entity_id = any(${[...(jobIds ?? [])]}::text[])`),
    );
}
