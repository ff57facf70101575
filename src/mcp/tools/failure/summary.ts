import { isVault } from '../../vaults.ts';
import type { FailureAnswer, Suspect } from './shape.ts';

type Body = Omit<Partial<FailureAnswer>, 'verdict'> & Pick<FailureAnswer, 'verdict'>;

/** Why it fails in a few sentences of our own words and numbers that stand in the fields too. */
export function summarise(body: Body, plans: number): string {
  return [
    verdict(body),
    why(body),
    again(body),
    together(body),
    ...(body.suspects ?? []).map(evidence),
    good(body),
    plans > 0 ? `${plans} open plans are about it.` : '',
  ]
    .filter(Boolean)
    .join(' ');
}

function verdict({ verdict: is, job, run, machine }: Body): string {
  const status = job ? ` Its status is ${job.status}.` : '';
  if (is === 'NEVER_RAN') return `The job has never run, so nothing failed.${status}`;
  if (is === 'NOT_STARTING') {
    const since = job?.last_good_end ? ` since ${job.last_good_end}` : '';
    return `NOT STARTING: no run was started${since}, so none failed, and the next ones are overdue.${status}`;
  }
  if (is === 'FAILS_FOR_OTHERS')
    return `A job of this machine fails, but the machine is not among the objects that failed in its last run.${status}`;
  if (is === 'FAILING') {
    const itself =
      machine?.failed_itself === true
        ? ' The machine itself failed.'
        : machine
          ? ' Which of its objects failed is not known.'
          : '';
    const since = job?.failing_since ? ` since ${job.failing_since}` : '';
    return `FAILING${since}: ${job?.failed_runs_in_a_row ?? 0} runs in a row.${itself}${status}`;
  }
  if (is === 'NOT_MEASURED') return `Single runs of the job are not known.${status}`;
  if (!run) return `It does not fail: no run of it that is known did.${status}`;
  const past = run.made_good_at ? `, made good at ${run.made_good_at}` : '';
  const last = run.recovered_by_retry
    ? 'is the last run that only a retry brought right'
    : `is the last run in trouble (${run.outcome})`;
  return `It does not fail now. What follows ${last}: it began ${run.started_at}${past}.${status}`;
}

const BASIS: Record<string, string> = {
  task: 'from the object that failed',
  log: 'from the log of the session',
  session: 'from the session as a whole',
};

function why({ reason, run, job }: Body): string {
  if (!reason || !run) return '';
  const attempts = run.attempts > 1 ? ` after ${run.attempts} attempts` : '';
  if (reason.basis === 'none' || reason.text === null) return `The source gives no reason${attempts}.`;
  const byCode = job && isVault(job.source_id) && reason.cause !== 'UNKNOWN';
  const otherwise = byCode ? 'by its error code' : 'no rule fits the message';
  const rule = reason.cause_rule ? `by rule ${reason.cause_rule}` : otherwise;
  return `Cause ${reason.cause} (${rule}), ${BASIS[reason.basis] ?? reason.basis}${attempts}.`;
}

function again({ same_reason: same }: Body): string {
  if (!same) return '';
  const { this_job: own, other_jobs: others, window_days } = same;
  const elsewhere =
    others.jobs > 0 ? `; ${others.sessions} sessions of ${others.jobs} other jobs` : '; none of another job';
  return `The same reason: ${own.sessions} sessions of this job in ${window_days} days, the first ${own.first_at}${elsewhere}.`;
}

function together({ incident, at_that_time: then }: Body): string {
  if (incident)
    return `It is part of an incident: ${incident.failed_jobs} of ${incident.active_jobs} jobs failed together, which chance does with probability ${incident.chance}.`;
  if (!then) return '';
  return `No incident; at that time ${then.others_failed} other jobs failed and ${then.others_well} ended well.`;
}

const FINE = ['ONLINE', 'Available'];

/** What the other jobs say for or against a suspect; silence where there is too little to say anything. */
function evidence({ kind, speaks, state, ...others }: Suspect): string {
  if (speaks === 'NOTHING' || speaks === 'LITTLE') return '';
  if (speaks === 'NOT_RECORDED')
    return state === null || FINE.includes(state)
      ? ''
      : `A ${kind} that is suspected was ${state} when last seen.`;
  const { others_failed: failed, others_well: well, same_reason_elsewhere: elsewhere } = others;
  const which = kind === 'host' ? 'in other repositories of the same host' : `on the same ${kind}`;
  const also = elsewhere ? `, ${elsewhere} failed for the same reason without it` : '';
  const what = `${failed} other jobs failed ${which} and ${well} ran well then${also}`;
  return speaks === 'MIXED'
    ? `${what}: neither for nor against the ${kind}.`
    : `${what}, which speaks ${speaks} the ${kind} as the cause.`;
}

const good = ({ job }: Body) =>
  job?.last_good_end ? `Last good run ended ${job.last_good_end}.` : job ? 'No good run is known.' : '';
