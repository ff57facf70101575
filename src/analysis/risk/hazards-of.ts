import { capacityHazard } from './capacity.ts';
import { exposureHazard, type VaultExposure } from './exposure.ts';
import type {
  JobEvidence,
  OtherProtection,
  RepositoryEvidence,
  RiskFacts,
  WorkloadEvidence,
} from './facts.ts';
import { type GapEvidence, gapHazard, rememberedRuns } from './gap.ts';
import { bestHazard, type Hazard, type HazardName, unknownHazard, worstHazard } from './hazard.ts';
import { type IntegrityEvidence, integrityHazard } from './integrity.ts';
import type { RiskFlag } from './priority.ts';
import { recoverHazard } from './recover.ts';
import type { Signal } from './signals.ts';
import { assessInputs, HAZARD_INPUTS, type InputState, underInputs } from './staleness.ts';

/** Facts with what several items need, computed once. */
export interface RiskContext {
  facts: RiskFacts;
  inputs: InputState[];
  inputsOf: Readonly<Record<HazardName, readonly InputState[]>>;
  estimateRuns: ReturnType<typeof rememberedRuns>;
  jobs: ReadonlyMap<string, JobEvidence>;
  repositories: ReadonlyMap<string, RepositoryEvidence>;
  /** Gap of each job that is not deleted, by its own runs. */
  jobGaps: ReadonlyMap<string, Judged>;
  /** Capacity of each repository; null: it cannot be full. */
  capacities: ReadonlyMap<string, Judged | null>;
}

/** A hazard, what is to be said about its inputs, and which repository or job it is that of. */
export interface Judged {
  hazard: Hazard;
  flags: readonly RiskFlag[];
  of: string | null;
}

/** Hazards of jobs and repositories, each judged once however many workloads share them. */
export function riskContext(facts: RiskFacts): RiskContext {
  const inputs = assessInputs(facts.inputs, facts.sourceId, facts.now);
  const of = (hazard: HazardName) => inputs.filter(({ worker }) => HAZARD_INPUTS[hazard].includes(worker));
  const inputsOf = {
    gap: of('gap'),
    capacity: of('capacity'),
    integrity: of('integrity'),
    recover: of('recover'),
  };
  const base = { facts, inputs, inputsOf, estimateRuns: rememberedRuns() };
  const jobs = facts.jobs.filter(({ isDeleted }) => !isDeleted);
  return {
    ...base,
    jobs: new Map(facts.jobs.map((job) => [job.id, job])),
    repositories: new Map(facts.repositories.map((repository) => [repository.id, repository])),
    jobGaps: new Map(jobs.map(({ id, gap }) => [id, judgeGap(base, gap, id)])),
    capacities: new Map(
      facts.repositories.map(({ id, capacity }) => [
        id,
        capacity?.status === 'NOT_APPLICABLE'
          ? null
          : judge(base, 'capacity', id, (now) => capacityHazard(capacity, now)),
      ]),
    ),
  };
}

/**
 * Worst of the repositories, as backups need all of them; not known without any, or where one is not in the inventory. null:
 * none of them can be full.
 */
export function capacityOf(context: RiskContext, repositoryIds: readonly string[]): Judged | null {
  const judged = repositoryIds.flatMap((id) => {
    const known = context.capacities.get(id);
    return known === undefined ? [unknownRepository(id)] : (known ?? []);
  });
  if (repositoryIds.length > 0 && judged.length === 0) return null;
  return (
    worstOf(judged) ?? {
      hazard: unknownHazard('capacity', 'its repository is not known'),
      flags: [],
      of: null,
    }
  );
}

/** What `capacityOf` says does not exist. */
export const impossibleOf = (capacity: Judged | null): readonly HazardName[] =>
  capacity === null ? ['capacity'] : [];

/**
 * Gap of a workload. Its own points speak first, with the runs of its best job where they say nothing of runs; without
 * them the best of its enabled jobs that create points, since one good job is enough.
 */
export function workloadGap(context: RiskContext, workload: WorkloadEvidence): Judged {
  const jobs = workload.jobIds.flatMap((id) => {
    const job = context.jobs.get(id);
    const judged = context.jobGaps.get(id);
    return job && judged && job.isEnabled !== false && job.createsPoints ? [judged] : [];
  });
  const best = bestOf(jobs);
  if (workload.gap === null) {
    const unknown = { hazard: unknownHazard('gap', 'no job of it is known'), flags: [], of: null };
    return withOthers(context, workload, best ?? unknown);
  }
  const runs = best?.of ? (context.jobs.get(best.of)?.gap ?? null) : null;
  const own = judgeGap(withPoints(context), withRunsOf(workload.gap, runs), null);
  const isOfJob = best !== undefined && own.hazard.q <= best.hazard.q + BEYOND_THE_JOB;
  return withOthers(context, workload, isOfJob ? { ...own, of: best.of } : own);
}

/**
 * Another source that makes points of a machine is as good as another job: the better of them counts, since one is enough.
 * What is wrong there is said, and makes nothing worse than it is without that source.
 */
function withOthers(context: RiskContext, { gap, others = [] }: WorkloadEvidence, own: Judged): Judged {
  if (others.length === 0) return own;
  const working = others.filter(({ isWorking }) => isWorking === true);
  const elsewhere = working.flatMap(({ gaps }) =>
    gaps.map((runs) => judgeGap(withPoints(context), gap ? withRunsOf(gap, runs) : runs, null)),
  );
  return withTroubles(bestOf([own, ...elsewhere]) ?? own, others);
}

/** The same with what is wrong in other sources said. */
export function withTroubles(judged: Judged, others: readonly OtherProtection[]): Judged {
  const troubles = others.flatMap((other) => other.troubles);
  if (troubles.length === 0) return judged;
  const { hazard } = judged;
  const reasons = new Set(troubles.map(({ text }) => `in another source that protects it ${text}`));
  return {
    ...judged,
    hazard: {
      ...hazard,
      reasons: [...hazard.reasons, ...reasons],
      evidence: [...hazard.evidence, ...troubles.map(({ ref }) => ref)],
    },
  };
}

export function integrityOf(context: RiskContext, workload: WorkloadEvidence): Judged {
  const around = signalsAround(context, placesOf(context, workload));
  const unlooked = around.length > 0 ? lookedAt(context) : null;
  const evidence = workload.integrity ?? unlooked;
  return judge(context, 'integrity', null, (now) => integrityHazard(evidence, now, around));
}

/** The signals of a repository or of the estate by themselves: there is no data behind them to be judged. */
export function signalHazard(context: RiskContext, signals: readonly Signal[]): Judged {
  const evidence = { ...lookedAt(context), isDataJudged: true, isMalwareJudged: true };
  return judge(context, 'integrity', null, (now) => integrityHazard(evidence, now, signals));
}

/** The settings of a vault, which are read with its health. */
export function judgeExposure(context: RiskContext, exposure: VaultExposure): Judged {
  const health = context.inputs.filter(({ worker }) => worker === 'health');
  const inputs = { ...context, inputsOf: { ...context.inputsOf, integrity: health } };
  return judge(inputs, 'integrity', null, (now) => exposureHazard(exposure, now));
}

export function recoverOf(context: RiskContext, workload: WorkloadEvidence): Judged {
  return judge(context, 'recover', null, (now) => recoverHazard(workload.recover, now));
}

/** Repositories of a workload: its own, else those of its jobs. */
export function placesOf(context: RiskContext, workload: WorkloadEvidence): readonly string[] {
  if (workload.repositoryIds.length > 0) return workload.repositoryIds;
  if (workload.jobIds.length === 1)
    return context.jobs.get(workload.jobIds[0] as string)?.repositoryIds ?? [];
  return [...new Set(workload.jobIds.flatMap((id) => context.jobs.get(id)?.repositoryIds ?? []))];
}

/** A hazard under the state of its inputs. */
function judge(
  context: Pick<RiskContext, 'facts' | 'inputsOf'>,
  hazard: HazardName,
  of: string | null,
  at: (moment: number) => Hazard,
): Judged {
  return { ...underInputs(at, context.facts.now, context.inputsOf[hazard]), of };
}

export function worstOf(judged: readonly Judged[]): Judged | undefined {
  const worst = worstHazard(judged.map(({ hazard }) => hazard));
  return judged.find(({ hazard }) => hazard === worst);
}

/** How much worse a workload has to be than its job for the trouble to be its own. */
const BEYOND_THE_JOB = 0.05;

function bestOf(judged: readonly Judged[]): Judged | undefined {
  const best = bestHazard(judged.map(({ hazard }) => hazard));
  return judged.find(({ hazard }) => hazard === best);
}

function judgeGap(
  context: Pick<RiskContext, 'facts' | 'inputsOf' | 'estimateRuns'>,
  gap: GapEvidence | null,
  of: string | null,
): Judged {
  return judge(context, 'gap', of, (now) => gapHazard(gap, now, context.estimateRuns));
}

/** Its own points come through the rto worker: while that is silent what was missed stays missed. */
function withPoints({ facts, inputs, inputsOf, estimateRuns }: RiskContext) {
  const silent = inputs.filter(({ worker, status }) => worker === 'rto' && status === 'STALE');
  return { facts, estimateRuns, inputsOf: { ...inputsOf, gap: [...inputsOf.gap, ...silent] } };
}

function unknownRepository(id: string): Judged {
  return { hazard: unknownHazard('capacity', 'its repository is not known'), flags: [], of: id };
}

function withRunsOf(own: GapEvidence, job: GapEvidence | null): GapEvidence {
  if (own.weight > 0 || job === null) return own;
  return {
    ...own,
    credit: job.credit,
    weight: job.weight,
    lastObservedAt: own.lastObservedAt ?? job.lastObservedAt,
    intervalHours: own.intervalHours ?? job.intervalHours,
    rpoHours: own.rpoHours ?? job.rpoHours,
    refs: [...own.refs, ...job.refs],
  };
}

/** Signals are given while they are open, so they are as new as the last look. */
function lookedAt({ facts, inputsOf }: RiskContext): IntegrityEvidence {
  const looks = inputsOf.integrity.flatMap(({ lastSuccessAt }) => lastSuccessAt ?? []);
  const asOf = looks.length > 0 ? Math.max(...looks) : facts.now;
  return {
    isDataJudged: false,
    isMalwareJudged: false,
    newestPointStatus: 'UNKNOWN',
    signals: [],
    asOf,
    refs: [],
  };
}

function signalsAround({ facts, repositories }: RiskContext, repositoryIds: readonly string[]): Signal[] {
  const signals = [...facts.signals];
  for (const id of repositoryIds) {
    const repository = repositories.get(id);
    if (repository && repository.signals.length > 0) signals.push(...repository.signals);
  }
  return signals;
}
