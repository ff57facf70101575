import type { MetricsReader } from '../../../db/connect.ts';
import {
  countFindings,
  type Finding,
  type FindingPosition,
  listFindings,
} from '../../../queries/findings.ts';
import { countJobs, type JobHealth, type JobPosition, listJobHealth } from '../../../queries/health.ts';
import type { AnswerBase, NextStep } from '../../answer.ts';
import { type Positions, writeCursor } from '../../cursor.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import type { ToolAnswer } from '../../registry.ts';
import { toBase } from '../../scope.ts';
import { sum } from '../../tally.ts';
import { isPlainId } from '../../untrusted.ts';
import { type Head, readHead } from './estate-head.ts';
import { renderEstate } from './estate-text.ts';
import type { FoundJob } from './find-jobs.ts';
import type { HealthScope } from './health-scope.ts';
import { HEALTHY, STATUSES } from './question.ts';
import { toFindingRow, toJobRow } from './rows.ts';
import type { HealthAnswer } from './shape.ts';
import { summarise } from './summary.ts';

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
    per_source: (head.per_source ?? []).slice(0, scope.question.limit),
  };
  return fitAnswer(lists, (kept) => assemble(scope, head, rows, kept), answerBudget(scope.question));
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
    next_steps: nextSteps(scope, kept.jobs, kept.findings, head),
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
    ? [finding.severityRank, finding.turn, finding.kind]
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
  { findings_by_kind = {} }: Head,
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
  const isAboutAll = question.job === undefined && question.finding === undefined;
  if (isAboutAll && findings_by_kind.MALWARE_DETECTED) {
    steps.push({
      tool,
      arguments: { finding: 'MALWARE_DETECTED', as_of },
      reason: 'the machines that malware events name',
    });
  } else if (other && question.job === undefined) {
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
