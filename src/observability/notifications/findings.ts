import { sql } from 'kysely';
import { asRiskReader, asRunReader, type MetricsReader, type Risk } from '../../db/connect.ts';
import { listSourcesAt, type SourceName } from '../../queries/freshness.ts';
import { readStandings, type Standing } from '../freshness.ts';
import type { Finding, SubjectKind } from './decide.ts';

/** The one subject of kind STALE that a source has. */
const STALE = 'stale';

const COLLECTORS = ['health', 'capacity', 'efficiency', 'rto'];
const MINUTE_MS = 60_000;
/** CRITICAL begins at a priority of 70. One that falls a little below it is not over: it would come and go with each run. */
const OVER_BELOW = 65;
/** A plan is written right after the risks; so long a new risk waits for what is to be done first. */
const PLAN_MS = 10 * MINUTE_MS;
/** What is late and being read just now may be in time in a moment. */
const RUNNING_MS = 60 * MINUTE_MS;

export type Looked = {
  found: Finding[];
  isJudged: (kind: SubjectKind, sourceId: string) => boolean;
  names: Map<string, string>;
  /** The assessment that says what is critical, by source. */
  assessments: Map<string, Assessment>;
  /** What is late, by source. */
  late: Map<string, Standing[]>;
};

type Assessment = { sourceId: string; runId: string; concludedAt: Date };

export type Watch = {
  kinds: ReadonlySet<SubjectKind>;
  /** Whether a source is still in the settings: one that was taken out of them is not late. */
  isConfigured: (source: SourceName) => boolean;
  now: Date;
  /** Wait for plans and for runs that are under way; false: whoever asks wants to know now. */
  isPatient: boolean;
};

/** What is critical and what is late now, and of which sources that can be told at all. */
export async function look(metrics: MetricsReader, risk: Risk, watch: Watch): Promise<Looked> {
  const sources = await listSourcesAt(metrics, watch.now);
  const names = new Map(sources.map(({ sourceId, name }) => [sourceId, name]));
  const assessments = watch.kinds.has('CRITICAL') ? await readAssessments(risk, sources, watch) : new Map();
  const configured = watch.kinds.has('STALE') ? sources.filter(watch.isConfigured) : [];
  const { late, judged } = await readLate(metrics, risk, configured, watch);
  const critical = await listCritical(risk, [...assessments.values()]);
  const stale = [...late.keys()].map((sourceId) => ({
    kind: 'STALE' as const,
    sourceId,
    subjectId: STALE,
    isListed: true,
    urgency: 0,
  }));
  return {
    found: [...critical, ...stale],
    isJudged: (kind, sourceId) => (kind === 'CRITICAL' ? assessments.has(sourceId) : judged.has(sourceId)),
    names,
    assessments,
    late,
  };
}

type Newest = Assessment & { status: string; plannedAt: Date | null };

/** The newest assessment of each source; none where there was nothing to assess: then nothing is known to be over. */
async function readAssessments(
  risk: Risk,
  sources: readonly SourceName[],
  { now, isPatient }: Watch,
): Promise<Map<string, Assessment>> {
  const newest = sql<Newest>`(
    select s.source_id as "sourceId", r.run_id as "runId", r.concluded_at as "concludedAt", r.status,
           (select max(finished_at) from run where run.source_id = s.source_id and run.worker = 'remediation'
               and run.status in ('succeeded', 'partial', 'failed')) as "plannedAt"
      from unnest(${sources.map(({ sourceId }) => sourceId)}::text[]) as s (source_id)
      cross join lateral (select run_id, concluded_at, status from risk_summary
                           where risk_summary.source_id = s.source_id and concluded_at <= ${now}
                           order by concluded_at desc limit 1) r)`;
  const rows = await asRiskReader(risk).selectFrom(newest.as('n')).selectAll().orderBy('sourceId').execute();
  const isPlanned = ({ concludedAt, plannedAt }: Newest) =>
    !isPatient ||
    (plannedAt !== null && plannedAt >= concludedAt) ||
    now.getTime() - concludedAt.getTime() > PLAN_MS;
  return new Map(
    rows.filter((row) => row.status === 'ASSESSED' && isPlanned(row)).map((row) => [row.sourceId, row]),
  );
}

async function listCritical(risk: Risk, assessments: readonly Assessment[]): Promise<Finding[]> {
  if (assessments.length === 0) return [];
  const rows = await risk
    .selectFrom('risk_item')
    .select(['source_id', 'item_id', 'is_listed', 'priority', 'category'])
    .where((eb) =>
      eb.or([
        eb('category', '=', 'CRITICAL'),
        eb.and([eb('category', '=', 'HIGH'), eb('priority', '>=', OVER_BELOW)]),
      ]),
    )
    .where(
      'source_id',
      'in',
      assessments.map(({ sourceId }) => sourceId),
    )
    .where(
      'run_id',
      'in',
      assessments.map(({ runId }) => runId),
    )
    .orderBy('source_id')
    .orderBy('item_id')
    .execute();
  return rows.map((row) => ({
    kind: 'CRITICAL',
    sourceId: row.source_id,
    subjectId: row.item_id,
    isListed: row.is_listed && row.category === 'CRITICAL',
    urgency: row.priority,
  }));
}

/** The advisor counts too: where it stands still nobody would tell of new risks. */
async function readLate(
  metrics: MetricsReader,
  risk: Risk,
  sources: readonly SourceName[],
  { now, isPatient }: Watch,
): Promise<{ late: Map<string, Standing[]>; judged: Set<string> }> {
  const standings = [
    ...(await readStandings(asRunReader(metrics), { workers: COLLECTORS, sources, now })),
    ...(await readStandings(asRunReader(asRiskReader(risk)), { workers: ['risk'], sources, now })),
  ];
  const isUnderWay = ({ isStale, runningSince }: Standing) =>
    isPatient && isStale && runningSince !== null && now.getTime() - runningSince.getTime() < RUNNING_MS;
  const bySource = Map.groupBy(standings, ({ sourceId }) => sourceId);
  const judged = [...bySource].filter(([, own]) => !own.some(isUnderWay));
  const late = judged
    .map(([sourceId, own]) => [sourceId, own.filter(({ isStale }) => isStale)] as const)
    .filter(([, own]) => own.length > 0);
  return { late: new Map(late), judged: new Set(judged.map(([sourceId]) => sourceId)) };
}
