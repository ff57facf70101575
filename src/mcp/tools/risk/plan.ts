import type { RiskFacts } from '../../../analysis/risk/facts.ts';
import type { RiskChange } from '../../../analysis/risk/what-if.ts';
import { AnswerError } from '../../errors.ts';
import { nearestNames } from '../../suggest.ts';
import { cleanText, quoteCell } from '../../untrusted.ts';
import { matching } from '../capacity/find-repositories.ts';
import type { PlannedChange } from './what-if-question.ts';

type Named = { id: string; name: string };

/** A change with names resolved, what it is about, and what it takes for granted. */
export type ResolvedChange = {
  change: RiskChange;
  subjects: readonly Named[];
  assumptions: readonly string[];
};

const P95_AIM = 0.05;
const GOOD_RUNS = 7;

/**
 * The change that somebody means, on the facts of the run.
 * @throws AnswerError for a name that none or several have
 */
export function resolveChanges(facts: RiskFacts, planned: PlannedChange): ResolvedChange {
  const { workloads, repositories } = facts;
  const jobs = facts.jobs.filter(({ isDeleted }) => !isDeleted);
  const oneOf = (all: readonly Named[], what: 'workload' | 'job' | 'repository') =>
    only(all, planned[what] ?? '', what);
  switch (planned.kind) {
    case 'expand_repository': {
      const repository = oneOf(repositories, 'repository');
      assertHasLimit(facts, repository);
      const p95Within = planned.p95_within ?? P95_AIM;
      const change = { kind: planned.kind, repositoryId: repository.id, p95Within };
      const assumed = `The added space leaves a probability of ${p95Within} that it is 95 % full in time; get_capacity_forecast works out what a size gives.`;
      return { change, subjects: [repository], assumptions: [assumed] };
    }
    case 'pass_restore_test': {
      const workload = oneOf(workloads, 'workload');
      const { passes = 1 } = planned;
      const change = { kind: planned.kind, workloadId: workload.id, passes };
      return { change, subjects: [workload], assumptions: [`${passes} full restores now, within the RTO.`] };
    }
    case 'pass_surebackup': {
      const chosen = verified(facts, planned);
      const { passes = 1 } = planned;
      const change = { kind: planned.kind, workloadIds: chosen.map(({ id }) => id), passes };
      const assumed = `${passes} verifications pass for each; a verification says nothing of how long a restore takes.`;
      return { change, subjects: chosen, assumptions: [assumed] };
    }
    case 'fix_job': {
      const job = oneOf(jobs, 'job');
      const { good_runs: goodRuns = GOOD_RUNS } = planned;
      const assumed = `The cause is gone: ${goodRuns} good runs in a row, and earlier ones no longer count.`;
      return {
        change: { kind: planned.kind, jobId: job.id, goodRuns },
        subjects: [job],
        assumptions: [assumed],
      };
    }
    case 'enable_job': {
      const job = oneOf(jobs, 'job');
      const assumed = 'It runs again as its history says; its first run is still to come.';
      return { change: { kind: planned.kind, jobId: job.id }, subjects: [job], assumptions: [assumed] };
    }
    case 'move_job': {
      const job = oneOf(jobs, 'job');
      const to = oneOf(repositories, 'repository');
      const assumed =
        'The forecast of the new place does not know the job yet; get_capacity_forecast with move_job does.';
      const change = { kind: planned.kind, jobId: job.id, repositoryId: to.id };
      return { change, subjects: [job, to], assumptions: [assumed] };
    }
    case 'clean_point': {
      const workload = oneOf(workloads, 'workload');
      const assumed = 'A new restore point was scanned and is clean, and what was suspected is closed.';
      return {
        change: { kind: planned.kind, workloadId: workload.id },
        subjects: [workload],
        assumptions: [assumed],
      };
    }
    case 'enable_immutability': {
      const repository = oneOf(repositories, 'repository');
      const assumed =
        'Immutability is as it was before it was weakened. What was stored meanwhile stays unprotected.';
      return {
        change: { kind: planned.kind, repositoryId: repository.id },
        subjects: [repository],
        assumptions: [assumed],
      };
    }
    case 'clear_signal': {
      const { signal } = planned;
      if (!signal) throw new AnswerError('what_if: clear_signal needs signal.');
      const assumed =
        'Signals of that kind that concern the whole estate end; those of single workloads stay.';
      return { change: { kind: planned.kind, signal }, subjects: [], assumptions: [assumed] };
    }
    case 'refresh_input': {
      const { worker } = planned;
      if (!worker) throw new AnswerError('what_if: refresh_input needs worker.');
      const assumed = 'The worker runs again, reads everything, and finds what it found before.';
      return { change: { kind: planned.kind, worker }, subjects: [], assumptions: [assumed] };
    }
  }
}

/** @throws AnswerError for storage that does not fill up: adding space to it means nothing */
function assertHasLimit({ repositories }: RiskFacts, { id }: Named): void {
  const status = repositories.find((one) => one.id === id)?.capacity?.status;
  if (status !== 'NOT_APPLICABLE' && status !== 'UNBOUNDED') return;
  const why =
    status === 'UNBOUNDED' ? 'it has no limit' : 'it is storage that is sold by use, without a limit';
  throw new AnswerError(`what_if: ${quoteCell(id)} cannot be expanded: ${why}, so its space is no risk.`);
}

/** A verification job tests many: all workloads that fit, or all of a job. */
function verified({ workloads, jobs }: RiskFacts, { workload, job }: PlannedChange): readonly Named[] {
  if (workload !== undefined) return some(workloads, workload, 'workload');
  const { id } = only(jobs, job ?? '', 'job');
  const chosen = workloads.filter(({ jobIds }) => jobIds.includes(id));
  if (chosen.length > 0) return chosen;
  throw new AnswerError('what_if: pass_surebackup: no workload of that job is known.');
}

function only(all: readonly Named[], wanted: string, what: string): Named {
  const found = some(all, wanted, what);
  const [first] = found;
  if (first && found.length === 1) return first;
  throw new AnswerError(
    [
      `what_if: ${JSON.stringify(cleanText(wanted, 100))} fits ${found.length} of the kind ${what}; give one of the ids:`,
      ...found.slice(0, 5).map(({ id, name }) => `- ${quoteCell(id)} ${quoteCell(name)}`),
    ].join('\n'),
  );
}

function some(all: readonly Named[], wanted: string, what: string): Named[] {
  const id = wanted.trim().toLowerCase();
  const bare = id.startsWith(`${what}:`) ? id.slice(what.length + 1) : id; // item ids are what other answers give
  const byId = all.filter((one) => one.id.toLowerCase() === bare);
  const found = byId.length > 0 ? byId : matching(all, wanted);
  if (found.length > 0) return found;
  const nearest = nearestNames(
    wanted.replaceAll('*', ''),
    all.map(({ name }) => cleanText(name)),
  );
  throw new AnswerError(
    [
      `what_if: there is no ${what} ${JSON.stringify(cleanText(wanted, 100))} among ${all.length}.${nearest.length > 0 ? ' The nearest names are:' : ''}`,
      ...nearest.map((name) => `- ${quoteCell(name, 300)}`),
    ].join('\n'),
  );
}
