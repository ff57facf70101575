import { buildRuns, type JobRun } from '../../../analysis/health/runs.ts';
import type { MetricsReader } from '../../../db/connect.ts';
import { listFindings, listIncidents } from '../../../queries/findings.ts';
import { type JobHealth, listJobHealth } from '../../../queries/health.ts';
import { getBackupServer, getJob, type JobDefinition } from '../../../queries/inventory.ts';
import { type JobSession, listJobSessions } from '../../../queries/sessions.ts';
import type { NextStep } from '../../answer.ts';
import { writeCursor } from '../../cursor.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import { parseWindow } from '../../moment.ts';
import type { ToolAnswer } from '../../registry.ts';
import { toRunFacts } from '../../run-facts.ts';
import { type ScopeRun, toBase } from '../../scope.ts';
import { cleanOrNull, cleanText, isPlainId } from '../../untrusted.ts';
import type { FoundJob } from './find-jobs.ts';
import type { HealthScope } from './health-scope.ts';
import { toCard } from './job-card.ts';
import { renderJob } from './job-text.ts';
import { toFindingRow, toIncidentRow } from './rows.ts';
import { intervalMinutes, readSchedule } from './schedule.ts';
import type { HealthAnswer, JobCard } from './shape.ts';

const DEFAULT_WINDOW = '30d';
/** A log backup every 15 minutes makes 2,880 sessions in 30 days. */
const MOST_SESSIONS = 5_000;
const MOST_FINDINGS = 10;
const MOST_INCIDENTS = 3;
const HOUR_MS = 3_600_000;

type RunRow = NonNullable<HealthAnswer['runs']>[number];

/** One job: how it stands, why, since when, what its schedule says, and its runs, newest first. */
export async function answerJob(
  db: MetricsReader,
  scope: HealthScope,
  found: FoundJob,
): Promise<ToolAnswer<HealthAnswer>> {
  const { question } = scope;
  const run = scope.runs.find(({ sourceId }) => sourceId === found.sourceId) as ScopeRun;
  const runs = [run];
  const [job] = await listJobHealth(db, { runs, filter: { jobIds: [found.jobId] }, limit: 1 });
  if (!job) throw new Error('a job that was found by its name has no row');
  const definition = await getJob(db, { ...run, jobId: found.jobId });
  const history = await readRuns(db, scope, run, job, definition);
  const zone = (await getBackupServer(db, run))?.timeZone;
  const filter = { jobIds: [found.jobId] };
  const isDetailed = question.detail === 'detailed';
  const findings = scope.page ? [] : await listFindings(db, { runs, filter, limit: MOST_FINDINGS });
  const incidents = scope.page
    ? []
    : await listIncidents(db, { runs, jobId: found.jobId, limit: MOST_INCIDENTS });
  const facts = {
    job: toCard(job, definition, zone),
    findings: findings.map((finding) => toFindingRow(finding, isDetailed)),
    incidents: incidents.map((incident) => toIncidentRow(incident, isDetailed)),
  };
  return fitAnswer(
    { runs: history.runs, top_messages: facts.job.top_messages },
    (kept) =>
      assemble(
        scope,
        history,
        { ...facts, job: { ...facts.job, top_messages: [...kept.top_messages] } },
        kept.runs,
      ),
    answerBudget(scope.question),
  );
}

type History = {
  runs: JobRun[];
  sessions: Map<string, JobSession>;
  left: number;
  inWindow: number;
  windowHours: number;
  notKnown: string[];
};

async function readRuns(
  db: MetricsReader,
  { asOf, page, question }: HealthScope,
  { sourceId, knownAt }: ScopeRun,
  job: JobHealth,
  definition: JobDefinition | undefined,
): Promise<History> {
  const windowHours = parseWindow('history', question.history ?? DEFAULT_WINDOW);
  const from = new Date(asOf.getTime() - windowHours * HOUR_MS);
  const sessions = await listJobSessions(db, {
    sourceId,
    jobId: job.jobId,
    knownAt,
    from,
    limit: MOST_SESSIONS,
  });
  const runs = toRuns(sessions, job, definition);
  const after = page?.positions.runs;
  const rest = after?.length ? runs.filter((one) => isAfter(one, after)) : runs;
  return {
    runs: rest.slice(0, question.limit),
    sessions: new Map(sessions.map((session) => [session.sessionId, session])),
    left: rest.length,
    inWindow: runs.length,
    windowHours,
    notKnown: notKnown(sessions, runs, job),
  };
}

/** Runs newest first, each with its retries folded in, as the health worker counts them. */
function toRuns(sessions: JobSession[], job: JobHealth, definition: JobDefinition | undefined): JobRun[] {
  const facts = sessions.map(({ createdAt, endedAt, reason, sessionMessage, ...session }) => ({
    ...session,
    createdAt: createdAt.getTime(),
    endedAt: endedAt?.getTime() ?? null,
    message: reason ?? sessionMessage,
  }));
  const policy = {
    retryCount: definition?.retryCount ?? null,
    awaitMinutes: definition?.retryWaitMinutes ?? null,
    intervalMinutes: intervalMinutes(readSchedule(definition?.schedule)),
  };
  const jobs = new Map([[job.jobId, job.jobName]]);
  return buildRuns(facts, () => policy, jobs).toReversed();
}

const isAfter = ({ startedAt, runId }: JobRun, [start, id]: (string | number)[]) =>
  startedAt < Number(start) || (startedAt === Number(start) && runId < String(id));

function toRunRow(run: JobRun, sessions: Map<string, JobSession>): RunRow {
  const last = sessions.get(run.lastSessionId);
  const isBad = run.outcome === 'FAILED' || run.outcome === 'WARNING' || run.recoveredByRetry;
  return {
    ...toRunFacts(run),
    reason: isBad ? cleanOrNull(run.failureMessage ?? last?.reason, 200) : null,
    cause: isBad ? cleanOrNull(last?.cause, 60) : null,
    last_session_id: cleanText(run.lastSessionId, 100),
  };
}

function notKnown(sessions: JobSession[], runs: JobRun[], job: JobHealth): string[] {
  const lines: string[] = [];
  if (sessions.length === MOST_SESSIONS)
    lines.push(`Runs before the last ${MOST_SESSIONS} sessions of the window.`);
  if (runs.length === 0 && job.totalRuns > 0) {
    lines.push(
      'Single runs: none of this job began in the window, or the source books them on other ids; the counts are complete.',
    );
  }
  if (job.jobEnabled === null) lines.push('Whether the job is enabled.');
  return lines;
}

type Facts = { job: JobCard; findings: HealthAnswer['findings']; incidents: HealthAnswer['incidents'] };

function assemble(
  scope: HealthScope,
  history: History,
  facts: Facts,
  runs: readonly JobRun[],
): ToolAnswer<HealthAnswer> {
  const omitted = history.left - runs.length;
  const last = runs.at(-1);
  const position = last ? [last.startedAt, last.runId] : (scope.page?.positions.runs ?? []);
  const structured: HealthAnswer = {
    ...toBase(scope, summarise(facts.job)),
    job: facts.job,
    runs: runs.map((run) => toRunRow(run, history.sessions)),
    runs_in_window: history.inWindow,
    window_hours: history.windowHours,
    ...(scope.page ? {} : { findings: facts.findings, incidents: facts.incidents }),
    not_known: history.notKnown,
    next_steps: nextSteps(scope, facts),
    ...(omitted > 0
      ? {
          omitted: { runs: omitted },
          next_cursor: writeCursor(
            scope.pageOf,
            scope.asOf,
            scope.runs.map(({ runId }) => runId),
            { runs: position },
          ),
        }
      : {}),
  };
  return { structured, text: renderJob(structured, facts.job) };
}

function summarise({ status, priority, freshness, reliability, failure }: JobCard): string {
  const age =
    freshness.last_good_age_hours === null
      ? 'It never had a usable run.'
      : `Its last usable run ended ${freshness.last_good_age_hours} h before the run that concluded this; ${freshness.rpo_hours} h are allowed.`;
  const streak =
    failure.streak > 0
      ? ` The last ${failure.streak} runs failed${failure.since ? `, since ${failure.since}` : ''}.`
      : '';
  const rate =
    reliability.success_rate === null
      ? ' Its success rate is not known.'
      : ` Success rate ${reliability.success_rate} (${reliability.low} to ${reliability.high}).`;
  return `The job is ${status}, priority ${priority}. ${age}${streak}${rate}`;
}

function nextSteps({ asOf, question }: HealthScope, { job, incidents = [] }: Facts): NextStep[] {
  const tool = 'get_health_status';
  const as_of = asOf.toISOString();
  const steps: NextStep[] = [];
  if (incidents.length > 0) {
    steps.push({
      tool,
      arguments: { finding: 'INCIDENT', as_of },
      reason: 'the incidents in which this job failed with others',
    });
  }
  if (question.history === undefined && isPlainId(job.job_id)) {
    steps.push({
      tool,
      arguments: {
        job: job.job_id,
        ...(isPlainId(job.source_id) ? { source: job.source_id } : {}),
        history: '90d',
        as_of,
      },
      reason: 'more of its runs',
    });
  }
  steps.push({ tool, arguments: { as_of }, reason: 'the whole estate' });
  return steps;
}
