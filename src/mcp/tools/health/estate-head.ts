import { localDay } from '../../../analysis/zoned-time.ts';
import type { MetricsReader } from '../../../db/connect.ts';
import { countFindings, listIncidents } from '../../../queries/findings.ts';
import { countJobs, getHealthScore, type HealthScore, listDailyScores } from '../../../queries/health.ts';
import { getBackupServer, getConfigBackup, getLicense } from '../../../queries/inventory.ts';
import { arrayOf } from '../../json.ts';
import { parseWindow } from '../../moment.ts';
import { markOf } from '../../source-mark.ts';
import { sum, tally } from '../../tally.ts';
import { cleanText } from '../../untrusted.ts';
import { toBackupServer, toComponents, toHistory, toOverall, toQuality } from './convert.ts';
import type { FoundJob } from './find-jobs.ts';
import type { HealthScope } from './health-scope.ts';
import { HEALTHY } from './question.ts';
import { toIncidentRow } from './rows.ts';
import type { HealthAnswer } from './shape.ts';

const MOST_INCIDENTS = 3;

/** What the first page says before its lists; `notKnown` goes into not_known. */
export type Head = Pick<
  HealthAnswer,
  | 'overall_health'
  | 'component_scores'
  | 'quality_metadata'
  | 'backup_server'
  | 'incidents'
  | 'history'
  | 'per_source'
  | 'jobs_enabled'
  | 'jobs_problem'
  | 'jobs_by_status'
  | 'findings_by_kind'
> & { notKnown?: string[] };

/** Reads that: counts over all jobs and findings, and with one source its score, server and days. */
export async function readHead(
  db: MetricsReader,
  scope: HealthScope,
  found: FoundJob[] | undefined,
): Promise<Head> {
  const { runs, question } = scope;
  const [run] = runs;
  const isAboutAll = found === undefined && question.status === undefined && question.finding === undefined;
  const jobs = await countJobs(db, runs, {});
  const findings = await countFindings(db, runs, {});
  const wantsIncidents = question.finding === 'INCIDENT';
  const limit = wantsIncidents ? question.limit : MOST_INCIDENTS;
  const incidents = isAboutAll || wantsIncidents ? await listIncidents(db, { runs, limit }) : [];
  const isDetailed = question.detail === 'detailed';
  const counted = {
    jobs_enabled: sum(jobs.filter(({ status }) => status !== 'DISABLED').map(({ jobs: count }) => count)),
    jobs_problem: sum(jobs.filter(({ status }) => !HEALTHY.includes(status)).map(({ jobs: count }) => count)),
    jobs_by_status: tally(jobs.map(({ status, jobs: count }) => [status, count])),
    findings_by_kind: tally(findings.map(({ kind, findings: count }) => [kind, count])),
    incidents: incidents.map((incident) => toIncidentRow(incident, isDetailed)),
  };
  if (scope.sources.length > 1 || !run) {
    return {
      ...counted,
      per_source: await readSources(db, scope, jobs, findings),
      ...noHistory(question.history),
    };
  }
  const score = await getHealthScore(db, run);
  const notKnown = score ? textsOf(score.notKnown) : ['The score: this run stored none.'];
  return {
    ...counted,
    notKnown,
    ...(score ? { overall_health: toOverall(score), quality_metadata: toQuality(score) } : {}),
    ...(score && isAboutAll ? { component_scores: toComponents(score) } : {}),
    ...(isAboutAll ? await readServer(db, run) : {}),
    ...(question.history === undefined
      ? {}
      : { history: await readHistory(db, scope, score, question.history) }),
  };
}

const noHistory = (history: string | undefined) =>
  history === undefined
    ? {}
    : { notKnown: ['History over several sources: give source to see the days of one.'] };

const textsOf = (value: unknown) =>
  arrayOf(value)
    .filter((item) => typeof item === 'string')
    .map((item) => cleanText(item));

async function readServer(
  db: MetricsReader,
  run: { sourceId: string; knownAt: Date },
): Promise<Pick<HealthAnswer, 'backup_server'>> {
  const server = toBackupServer({
    server: await getBackupServer(db, run),
    license: await getLicense(db, run),
    configBackup: await getConfigBackup(db, run),
  });
  return server ? { backup_server: server } : {};
}

async function readHistory(
  db: MetricsReader,
  { asOf, zone, runs: [run] }: HealthScope,
  score: HealthScore | undefined,
  window: string,
): Promise<NonNullable<HealthAnswer['history']>> {
  const from = new Date(asOf.getTime() - parseWindow('history', window) * 3_600_000);
  const sourceId = run?.sourceId ?? '';
  const scores = await listDailyScores(db, { sourceId, zone, from, to: asOf });
  return toHistory(score?.daily, scores, localDay(from.getTime(), zone));
}

type JobCounts = Awaited<ReturnType<typeof countJobs>>;
type FindingCounts = Awaited<ReturnType<typeof countFindings>>;

/** One row per source, worst first; a source without a score comes before all. Scores of sources are never merged. */
async function readSources(
  db: MetricsReader,
  { sources, runs }: HealthScope,
  jobs: JobCounts,
  findings: FindingCounts,
): Promise<NonNullable<HealthAnswer['per_source']>> {
  const rows: NonNullable<HealthAnswer['per_source']> = [];
  for (const source of sources) {
    const { source_id, name } = source;
    const run = runs.find(({ sourceId }) => sourceId === source_id);
    const score = run ? await getHealthScore(db, run) : undefined;
    const isOurs = ({ sourceId }: { sourceId: string }) => sourceId === source_id;
    rows.push({
      source_id,
      source_name: name,
      ...markOf(source),
      overall_health: score ? toOverall(score) : null,
      jobs_by_status: tally(jobs.filter(isOurs).map(({ status, jobs: count }) => [status, count])),
      findings_by_severity: tally(
        findings.filter(isOurs).map(({ severity, findings: count }) => [severity, count]),
      ),
    });
  }
  const low = (row: (typeof rows)[number]) => row.overall_health?.score_low ?? -1;
  const middle = (row: (typeof rows)[number]) => row.overall_health?.score ?? -1;
  return rows.sort(
    (a, b) => low(a) - low(b) || middle(a) - middle(b) || (a.source_id < b.source_id ? -1 : 1),
  );
}
