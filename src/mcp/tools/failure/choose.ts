import { isFinished, isUsable, type JobRun } from '../../../analysis/health/runs.ts';
import { toComparableId } from '../../../analysis/health/session-fact.ts';
import { AnswerError } from '../../errors.ts';
import { isoSeconds } from '../../markdown.ts';
import { cleanText, quoteCell } from '../../untrusted.ts';
import { failedIn, type JobFacts, lastTrouble, WINDOW_DAYS } from './read-job.ts';
import type { Verdict } from './shape.ts';

/** The run that is explained, whether the trouble goes on, and of a machine whether it failed itself. */
export type Chosen = {
  verdict: Verdict;
  facts: JobFacts;
  run: JobRun | undefined;
  failedItself: boolean | null;
};

/** The run of a job: the one with the session, else the last one in trouble. @throws AnswerError without that session */
export function chooseOfJob(facts: JobFacts, session: string | undefined): Chosen {
  const { health, runs } = facts;
  const hasRun = health.totalRuns > 0 || runs.some(isFinished);
  const isFailing = health.failureStreak > 0;
  const verdict = !hasRun
    ? 'NEVER_RAN'
    : isFailing
      ? 'FAILING'
      : isQuiet(facts)
        ? 'NOT_STARTING'
        : 'NOT_FAILING';
  if (session !== undefined)
    return { verdict, facts, run: withSession([facts], session).run, failedItself: null };
  // An old failure that was made good is not why nothing starts.
  const run = verdict === 'NOT_STARTING' ? undefined : lastTrouble(facts);
  return { verdict, facts, run, failedItself: null };
}

/**
 * Of the jobs of a machine the one in which it fails now, else one that fails for others, else the one in which it failed
 * last. Undefined without any job.
 */
export function chooseOfMachine(
  all: readonly JobFacts[],
  name: string,
  session: string | undefined,
): Chosen | undefined {
  if (session !== undefined && all.length > 0) {
    const { facts, run } = withSession(all, session);
    return { ...judge(facts, name), run, failedItself: failedIn(facts, run, name) };
  }
  const judged = all.map((facts) => judge(facts, name));
  return judged.toSorted(compareChosen)[0];
}

/** What fails now before what does not, the machine itself before others, then the newest. */
export const compareChosen = (a: Chosen, b: Chosen): number =>
  ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) ||
  Number(b.failedItself === true) - Number(a.failedItself === true) ||
  (b.run?.startedAt ?? 0) - (a.run?.startedAt ?? 0);

const ORDER: readonly Verdict[] = [
  'FAILING',
  'NOT_STARTING',
  'FAILS_FOR_OTHERS',
  'NOT_FAILING',
  'NEVER_RAN',
  'NOT_MEASURED',
];

const LATE = ['LATE', 'BREACHED'];

/** Of its usual interval: later than that the next run is overdue. */
const OVERDUE = 1.5;
const DAY_HOURS = 24;

/** Late by its own rhythm, though its last run ended well and none is under way: nothing was started since. */
function isQuiet({ health, runs }: JobFacts): boolean {
  const [latest] = runs;
  return (
    health.failureStreak === 0 &&
    LATE.includes(health.freshness) &&
    LATE.includes(health.status) &&
    (health.lastGoodAgeHours ?? 0) > OVERDUE * (health.expectedIntervalHours ?? DAY_HOURS) &&
    (latest === undefined || isUsable(latest))
  );
}

function judge(facts: JobFacts, name: string): Chosen {
  const latest = facts.runs.find(isFinished);
  const isOfIt = (run: JobRun) => failedIn(facts, run, name) !== false;
  const own = facts.runs.find((run) => run.outcome === 'FAILED' && isOfIt(run));
  const of = (verdict: Verdict, run: JobRun | undefined): Chosen => ({
    verdict,
    facts,
    run,
    failedItself: run ? failedIn(facts, run, name) : null,
  });
  if (!latest && isQuiet(facts)) return of('NOT_STARTING', undefined);
  if (!latest) return of(facts.health.totalRuns > 0 ? 'NOT_MEASURED' : 'NEVER_RAN', undefined);
  if (isQuiet(facts)) return of('NOT_STARTING', undefined);
  if (isUsable(latest)) return of('NOT_FAILING', own);
  return isOfIt(latest) ? of('FAILING', latest) : of('FAILS_FOR_OTHERS', latest);
}

const MOST_NAMED = 5;

function withSession(all: readonly JobFacts[], session: string): { facts: JobFacts; run: JobRun } {
  const wanted = toComparableId(session.trim());
  for (const facts of all) {
    const run = facts.runs.find(({ sessionIds, runId }) =>
      [...sessionIds, runId].some((id) => toComparableId(id) === wanted),
    );
    if (run) return { facts, run };
  }
  const last = all
    .flatMap(({ runs }) => runs)
    .filter(({ outcome }) => outcome === 'FAILED')
    .toSorted((a, b) => b.startedAt - a.startedAt)
    .slice(0, MOST_NAMED);
  throw new AnswerError(
    [
      `Session ${JSON.stringify(cleanText(session, 100))} is none of a run of this job in the last ${WINDOW_DAYS} days.`,
      ...(last.length > 0 ? ['The last ones that failed:'] : ['None of its runs failed.']),
      ...last.map((run) => `- ${quoteCell(run.lastSessionId)}, began ${isoSeconds(new Date(run.startedAt))}`),
    ].join('\n'),
  );
}
