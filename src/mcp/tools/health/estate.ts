import { localDay } from '../../../analysis/zoned-time.ts';
import type { MetricsReader } from '../../../db/connect.ts';
import {
  countFindings,
  type Finding,
  type FindingPosition,
  listFindings,
  listIncidents,
} from '../../../queries/findings.ts';
import {
  countJobs,
  getHealthScore,
  type HealthScore,
  type JobHealth,
  type JobPosition,
  listDailyScores,
  listJobHealth,
} from '../../../queries/health.ts';
import { getBackupServer, getConfigBackup, getLicense } from '../../../queries/inventory.ts';
import type { AnswerBase, NextStep } from '../../answer.ts';
import { type Positions, writeCursor } from '../../cursor.ts';
import { fitAnswer } from '../../fit.ts';
import { arrayOf } from '../../json.ts';
import { parseWindow } from '../../moment.ts';
import type { ToolAnswer } from '../../registry.ts';
import { toBase } from '../../scope.ts';
import { cleanText, isPlainId } from '../../untrusted.ts';
import { toBackupServer, toComponents, toHistory, toOverall, toQuality } from './convert.ts';
import { renderEstate } from './estate-text.ts';
import type { FoundJob } from './find-jobs.ts';
import type { HealthScope } from './health-scope.ts';
import { STATUSES } from './question.ts';
import { toFindingRow, toIncidentRow, toJobRow } from './rows.ts';
import type { HealthAnswer } from './shape.ts';
import { summarise } from './summary.ts';

const HEALTHY = ['OK', 'DISABLED'];
const MOST_INCIDENTS = 3;

/** The whole estate, or the jobs that fit a pattern: scores, findings and jobs, worst first, a page at a time. */
export async function answerEstate(
  db: MetricsReader,
  scope: HealthScope,
  found: FoundJob[] | undefined,
): Promise<ToolAnswer<HealthAnswer>> {
  const head = scope.page ? {} : await readHead(db, scope, found);
  const rows = await readRows(db, scope, found);
  const lists = {
    jobs: rows.jobs,
    findings: rows.findings,
    incidents: head.incidents ?? [],
    history: head.history ?? [],
    per_source: head.per_source ?? [],
  };
  return fitAnswer(lists, (kept) => assemble(scope, head, rows, kept));
}

type Head = Pick<
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

/** What the first page says before its lists. */
async function readHead(db: MetricsReader, scope: HealthScope, found: FoundJob[] | undefined): Promise<Head> {
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
  for (const { source_id, name } of sources) {
    const run = runs.find(({ sourceId }) => sourceId === source_id);
    const score = run ? await getHealthScore(db, run) : undefined;
    const isOurs = ({ sourceId }: { sourceId: string }) => sourceId === source_id;
    rows.push({
      source_id,
      source_name: name,
      overall_health: score ? toOverall(score) : null,
      jobs_by_status: tally(jobs.filter(isOurs).map(({ status, jobs: count }) => [status, count])),
      findings_by_severity: tally(
        findings.filter(isOurs).map(({ severity, findings: count }) => [severity, count]),
      ),
    });
  }
  const rank = (row: (typeof rows)[number]) => row.overall_health?.score_low ?? -1;
  return rows.sort((a, b) => rank(a) - rank(b) || (a.source_id < b.source_id ? -1 : 1));
}

type Rows = {
  jobs: JobHealth[];
  findings: Finding[];
  /** Rows from here on, those of this page included. */
  jobsLeft: number;
  findingsLeft: number;
  before: Positions;
};

async function readRows(
  db: MetricsReader,
  { runs, question, page }: HealthScope,
  found: FoundJob[] | undefined,
): Promise<Rows> {
  const { limit, finding: kind, status } = question;
  const before = page?.positions ?? { jobs: [], findings: [] };
  const jobIds = found?.map(({ jobId }) => jobId);
  const after = <P>(list: string) => (before[list]?.length ? (before[list] as unknown as P) : undefined);
  const filter = {
    statuses: toStatuses(status, found !== undefined || kind !== undefined),
    jobIds,
    findingKind: kind,
  };
  const jobFilter = { ...filter, after: after<JobPosition>('jobs') };
  const findingFilter = { kind, jobIds, after: after<FindingPosition>('findings') };
  const hasJobs = before.jobs !== null;
  // Who asks for the jobs of a status asks for a list of jobs.
  const hasFindings = before.findings !== null && status === undefined;
  return {
    before,
    jobs: hasJobs ? await listJobHealth(db, { runs, filter: jobFilter, limit }) : [],
    findings: hasFindings ? await listFindings(db, { runs, filter: findingFilter, limit }) : [],
    jobsLeft: hasJobs ? sum((await countJobs(db, runs, jobFilter)).map(({ jobs }) => jobs)) : 0,
    findingsLeft: hasFindings
      ? sum((await countFindings(db, runs, findingFilter)).map(({ findings }) => findings))
      : 0,
  };
}

/** A pattern or a kind of finding chooses the jobs already; otherwise the healthy ones are left out unless asked for. */
function toStatuses(status: string | undefined, isChosen: boolean): readonly string[] | undefined {
  if (status === 'ALL' || (status === undefined && isChosen)) return undefined;
  if (status === undefined || status === 'PROBLEM') return STATUSES.filter((one) => !HEALTHY.includes(one));
  return [status];
}

type Kept = {
  jobs: readonly JobHealth[];
  findings: readonly Finding[];
  incidents: NonNullable<HealthAnswer['incidents']>;
  history: NonNullable<HealthAnswer['history']>;
  per_source: NonNullable<HealthAnswer['per_source']>;
};

function assemble(scope: HealthScope, head: Head, rows: Rows, kept: Kept): ToolAnswer<HealthAnswer> {
  const { question } = scope;
  const isDetailed = question.detail === 'detailed';
  const { notKnown, ...facts } = head;
  const omitted = {
    jobs: rows.jobsLeft - kept.jobs.length,
    findings: rows.findingsLeft - kept.findings.length,
    incidents: head.incidents?.length ? (head.findings_by_kind?.INCIDENT ?? 0) - kept.incidents.length : 0,
    history: (head.history?.length ?? 0) - kept.history.length,
    sources: (head.per_source?.length ?? 0) - kept.per_source.length,
  };
  const left = Object.fromEntries(Object.entries(omitted).filter(([, count]) => count > 0));
  const body: Omit<HealthAnswer, keyof AnswerBase> = {
    ...facts,
    jobs_matching: rows.jobsLeft,
    findings_matching: rows.findingsLeft,
    jobs: kept.jobs.map((job) => toJobRow(job, isDetailed)),
    findings: kept.findings.map((finding) => toFindingRow(finding, isDetailed)),
    ...(head.incidents ? { incidents: kept.incidents } : {}),
    ...(head.history ? { history: kept.history } : {}),
    ...(head.per_source ? { per_source: kept.per_source } : {}),
  };
  const structured: HealthAnswer = {
    ...toBase(scope, summarise(scope, body)),
    ...body,
    not_known: notKnown ?? [],
    next_steps: nextSteps(scope, kept.jobs, kept.findings),
    ...(Object.keys(left).length > 0 ? { omitted: left } : {}),
    ...(omitted.jobs > 0 || omitted.findings > 0
      ? { next_cursor: toCursor(scope, rows, kept, omitted) }
      : {}),
  };
  return { structured, text: renderEstate(structured, isDetailed) };
}

function toCursor(
  { pageOf, asOf, runs }: HealthScope,
  { before }: Rows,
  { jobs, findings }: Kept,
  omitted: { jobs: number; findings: number },
): string {
  const job = jobs.at(-1);
  const finding = findings.at(-1);
  const jobPosition = job ? [job.priorityRank, job.rank, job.sourceId, job.jobId] : (before.jobs ?? null);
  const findingPosition = finding
    ? [finding.severityRank, finding.kind, finding.sourceId, finding.findingId]
    : (before.findings ?? null);
  return writeCursor(
    pageOf,
    asOf,
    runs.map(({ runId }) => runId),
    {
      jobs: omitted.jobs > 0 ? jobPosition : null,
      findings: omitted.findings > 0 ? findingPosition : null,
    },
  );
}

/** At most three, in a fixed order; their arguments are ids and our own words. */
function nextSteps(
  { asOf, question }: HealthScope,
  jobs: readonly JobHealth[],
  findings: readonly Finding[],
): NextStep[] {
  const tool = 'get_health_status';
  const as_of = asOf.toISOString();
  const steps: NextStep[] = [];
  const worst = jobs.find(({ jobId, sourceId }) => isPlainId(jobId) && isPlainId(sourceId));
  if (worst) {
    const reason = 'the worst job of this list: its runs, reasons and schedule';
    steps.push({ tool, arguments: { job: worst.jobId, source: worst.sourceId, as_of }, reason });
  }
  const other = findings.find(({ entityKind, kind }) => entityKind !== 'job' && kind !== question.finding);
  if (other && question.job === undefined) {
    steps.push({
      tool,
      arguments: { finding: other.kind, as_of },
      reason: 'all findings of the most severe kind that is not about a job',
    });
  }
  if (question.history === undefined && question.job === undefined && question.finding === undefined) {
    steps.push({
      tool,
      arguments: { history: '30d', as_of },
      reason: 'how the score and the runs of each day developed',
    });
  }
  return steps;
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

function tally(entries: [string, number][]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name, count] of entries) counts[name] = (counts[name] ?? 0) + count;
  return counts;
}
