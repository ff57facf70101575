import { type SqlBool, sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';

/** A concluded run of the health worker. */
export type RunKey = { sourceId: string; runId: string };

/** Estate health as one run concluded it. */
export async function getHealthScore(db: MetricsReader, { sourceId, runId }: RunKey) {
  return db
    .selectFrom('health_score')
    .select([
      'source_id as sourceId',
      'run_id as runId',
      'concluded_at as concludedAt',
      'overall_score as overallScore',
      'score_low as scoreLow',
      'score_high as scoreHigh',
      'coverage',
      'grade',
      'risk_level as riskLevel',
      'components',
      'contributions',
      'trend_classification as trendClassification',
      'trend_difference as trendDifference',
      'trend_low as trendLow',
      'trend_high as trendHigh',
      'jobs_enabled as jobsEnabled',
      'jobs_disabled as jobsDisabled',
      'sample_count as sampleCount',
      'date_range_days as dateRangeDays',
      'average_frequency as averageFrequency',
      'success_rate as successRate',
      'retry_dependence as retryDependence',
      'last_session_timestamp as lastSessionAt',
      'daily',
      'not_known as notKnown',
      'recommendation',
    ])
    .where('source_id', '=', sourceId)
    .where('run_id', '=', runId)
    .executeTakeFirst();
}

export type HealthScore = NonNullable<Awaited<ReturnType<typeof getHealthScore>>>;

/** The last score of each day of the zone between two moments, newest first. */
export function listDailyScores(
  db: MetricsReader,
  { sourceId, zone, from, to }: { sourceId: string; zone: string; from: Date; to: Date },
) {
  const day = sql<string>`to_char(r.finished_at at time zone ${zone}, 'YYYY-MM-DD')`;
  return db
    .selectFrom('health_score as h')
    .innerJoin('run as r', (join) =>
      join.onRef('r.source_id', '=', 'h.source_id').onRef('r.run_id', '=', 'h.run_id'),
    )
    .distinctOn(sql`1`)
    .select([
      day.as('day'),
      'h.overall_score as score',
      'h.score_low as low',
      'h.score_high as high',
      'h.grade',
      'h.run_id as runId',
    ])
    .where('h.source_id', '=', sourceId)
    .where('r.finished_at', '>=', from)
    .where('r.finished_at', '<=', to)
    .orderBy(sql`1`, 'desc')
    .orderBy('r.finished_at', 'desc')
    .limit(400)
    .execute();
}

/** Which jobs of a run are asked for. */
export type JobFilter = {
  statuses?: readonly string[] | undefined;
  jobIds?: readonly string[] | undefined;
  /** Only jobs that have a finding of this kind. */
  findingKind?: string | undefined;
  /** Only jobs after this one. */
  after?: JobPosition | undefined;
};

/** Where a page goes on: the sort key of the last job shown. */
export type JobPosition = [priority: number, rank: number, sourceId: string, jobId: string];

const PRIORITY = sql<number>`array_position(array['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'NONE'], j.priority)`;
/** Jobs whose rate is not known come before those with a good one: unknown is not healthy. */
const RANK = sql<number>`coalesce(j.rank_rate, 0.5)`;

/** Jobs of the given runs, worst first: by priority, then by the rate that is shrunk toward the fleet's. */
export function listJobHealth(
  db: MetricsReader,
  { runs, filter, limit }: { runs: RunKey[]; filter: JobFilter; limit: number },
) {
  return jobsOf(db, runs, filter)
    .select([
      'j.source_id as sourceId',
      'j.job_id as jobId',
      'j.job_name as jobName',
      'j.job_type as jobType',
      'j.job_enabled as jobEnabled',
      'j.vanished_at as vanishedAt',
      'j.repository_id as repositoryId',
      'j.repository_name as repositoryName',
      'j.status',
      'j.priority',
      'j.total_runs as totalRuns',
      'j.success_count as successCount',
      'j.warning_count as warningCount',
      'j.failure_count as failureCount',
      'j.canceled_count as canceledCount',
      'j.running_count as runningCount',
      'j.effective_runs as effectiveRuns',
      'j.success_rate as successRate',
      'j.success_rate_low as successRateLow',
      'j.success_rate_high as successRateHigh',
      'j.clean_rate as cleanRate',
      'j.usable_rate as usableRate',
      'j.attempts_per_run as attemptsPerRun',
      'j.recovered_share as recoveredShare',
      'j.failure_streak as failureStreak',
      'j.expected_interval_hours as expectedIntervalHours',
      'j.expected_interval_basis as expectedIntervalBasis',
      'j.rpo_hours as rpoHours',
      'j.last_good_end as lastGoodEnd',
      'j.last_good_age_hours as lastGoodAgeHours',
      'j.last_failure_timestamp as lastFailureAt',
      'j.last_failure_reason as lastFailureReason',
      'j.last_failure_cause as lastFailureCause',
      'j.failing_since as failingSince',
      'j.freshness',
      'j.missed_runs as missedRuns',
      'j.trend_classification as trendClassification',
      'j.trend_difference as trendDifference',
      'j.trend_low as trendLow',
      'j.trend_high as trendHigh',
      'j.pattern_classification as patternClassification',
      'j.pattern_detail as patternDetail',
      'j.top_messages as topMessages',
      'j.median_duration_seconds as medianDurationSeconds',
      'j.recommendation',
      PRIORITY.as('priorityRank'),
      RANK.as('rank'),
    ])
    .orderBy(PRIORITY)
    .orderBy(RANK)
    .orderBy('j.source_id')
    .orderBy('j.job_id')
    .limit(limit)
    .execute();
}

export type JobHealth = Awaited<ReturnType<typeof listJobHealth>>[number];

/** How many jobs there are of each status. */
export function countJobs(db: MetricsReader, runs: RunKey[], filter: JobFilter) {
  return jobsOf(db, runs, filter)
    .select((eb) => ['j.source_id as sourceId', 'j.status', eb.fn.countAll<number>().as('jobs')])
    .groupBy(['j.source_id', 'j.status'])
    .orderBy('j.source_id')
    .orderBy('j.status')
    .execute();
}

/** Ids and names of all jobs of the runs, for finding the job that somebody means. */
export function listJobNames(db: MetricsReader, runs: RunKey[]) {
  return jobsOf(db, runs, {})
    .select(['j.source_id as sourceId', 'j.job_id as jobId', 'j.job_name as jobName'])
    .orderBy('j.source_id')
    .orderBy('j.job_id')
    .limit(200_000)
    .execute();
}

function jobsOf(db: MetricsReader, runs: RunKey[], { statuses, jobIds, findingKind, after }: JobFilter) {
  return db
    .selectFrom('job_health as j')
    .where('j.source_id', 'in', distinct(runs.map(({ sourceId }) => sourceId)))
    .where(
      'j.run_id',
      'in',
      runs.map(({ runId }) => runId),
    )
    .$if(statuses !== undefined, (query) => query.where('j.status', 'in', [...(statuses ?? [])]))
    .$if(jobIds !== undefined, (query) =>
      query.where(sql<SqlBool>`j.job_id = any(${[...(jobIds ?? [])]}::text[])`),
    )
    .$if(findingKind !== undefined, (query) =>
      query.where(
        sql<SqlBool>`exists (select from health_finding f
          where f.source_id = j.source_id and f.run_id = j.run_id and f.entity_kind = 'job' and f.entity_id = j.job_id
            and f.kind = ${findingKind})`,
      ),
    )
    .$if(after !== undefined, (query) =>
      query.where(
        sql<SqlBool>`(${PRIORITY}, ${RANK}, j.source_id, j.job_id) > (${after?.[0]}::int, ${after?.[1]}::float8, ${after?.[2]}::text, ${after?.[3]}::text)`,
      ),
    );
}

const distinct = (values: string[]) => [...new Set(values)];
