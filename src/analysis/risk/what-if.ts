import type { JobEvidence, RiskAssessment, RiskFacts, RiskItem, WorkloadEvidence } from './facts.ts';
import type { GapEvidence } from './gap.ts';
import type { Estimate, HazardName } from './hazard.ts';
import type { IntegrityEvidence } from './integrity.ts';
import { assessRisk } from './items.ts';
import { type Priority, priorityOf } from './priority.ts';
import { type RecoverEvidence, restoreProbability } from './recover.ts';
import { type Score, SEVERITIES, type Severities, scoreOf } from './score.ts';
import type { SignalKind } from './signals.ts';
import type { InputWorker } from './staleness.ts';

/** Something that could be done, as a change of the facts. */
export type RiskChange =
  /** `p95Within`: what the capacity forecast says with the new size; 0.05 is the aim where it was not asked. */
  | { kind: 'expand_repository'; repositoryId: string; p95Within?: number }
  /** Full restores within the RTO, now; one unless said. */
  | { kind: 'pass_restore_test'; workloadId: string; passes?: number }
  /** Verifications of all workloads given: each is a trial that passed, though it says nothing of the duration. */
  | { kind: 'pass_surebackup'; workloadIds: readonly string[]; passes?: number }
  /** The cause is gone: this many good runs in a row (7 unless said), earlier ones no longer count. */
  | { kind: 'fix_job'; jobId: string; goodRuns?: number }
  | { kind: 'enable_job'; jobId: string }
  /** Backups of the job and its workloads go elsewhere. */
  | { kind: 'move_job'; jobId: string; repositoryId: string }
  /** A new restore point that was scanned and is clean; what was suspected is closed. */
  | { kind: 'clean_point'; workloadId: string }
  /** Immutability as it was before, or newly on: signals of its weakening end. */
  | { kind: 'enable_immutability'; repositoryId: string }
  /** Estate-wide signals of a kind end, as when malware detection is switched on again. */
  | { kind: 'clear_signal'; signal: SignalKind }
  /** The worker runs again and reads everything; it finds what it found before. */
  | { kind: 'refresh_input'; worker: InputWorker };

interface WhatIfItem {
  key: string;
  before: RiskItem | null;
  after: RiskItem | null;
  /** Points of the score removed; negative: added. */
  delta: number;
}

export interface WhatIf {
  before: RiskAssessment;
  after: RiskAssessment;
  /** Items whose score changed, largest gain first. */
  changed: WhatIfItem[];
  /** Points that the estate's mean falls by; null without data. */
  estateDelta: number | null;
}

/**
 * The same assessment with and without the changes; several add up. What the change does not concern cancels out.
 * @throws RangeError if a change names something that is not among the facts
 */
export function riskWhatIf(
  facts: RiskFacts,
  changes: readonly RiskChange[],
  severities: Severities = SEVERITIES,
  before: RiskAssessment = assessRisk(facts, severities),
): WhatIf {
  const after = assessRisk(applyChanges(facts, changes), severities);
  const { score: was } = before.estate;
  const { score: is } = after.estate;
  const estateDelta = was === null || is === null ? null : was - is;
  return { before, after, changed: compare(before.items, after.items), estateDelta };
}

/** The facts after the changes, in their order. @throws RangeError if one names something unknown */
export function applyChanges(facts: RiskFacts, changes: readonly RiskChange[]): RiskFacts {
  return changes.reduce(applyChange, facts);
}

/**
 * An item's score and priority with one hazard at a target, for options that are known by their effect alone. The range
 * is the target itself unless given.
 */
export function withHazard(
  item: RiskItem,
  hazard: HazardName,
  target: Pick<Estimate, 'q'> & Partial<Estimate>,
): Score & Priority & { delta: number } {
  const { q, low = q, high = q } = target;
  const hazards = item.contributions.map((each) =>
    each.hazard === hazard ? { ...each, q, low, high } : each,
  );
  const score = scoreOf(hazards, item.severities, item.impossible);
  return { ...score, ...priorityOf(score, item.tier), delta: item.score - score.score };
}

function applyChange(facts: RiskFacts, change: RiskChange): RiskFacts {
  const { now } = facts;
  switch (change.kind) {
    case 'expand_repository':
      return withRepository(facts, change.repositoryId, (repository) => ({
        ...repository,
        capacity: {
          status: 'FORECAST',
          p95Within: change.p95Within ?? 0.05,
          asOf: now,
          refs: repository.capacity?.refs ?? [],
        },
      }));
    case 'enable_immutability':
      return withRepository(facts, change.repositoryId, (repository) => ({
        ...repository,
        signals: repository.signals.filter(({ kind }) => kind !== 'IMMUTABILITY_WEAKENED'),
      }));
    case 'pass_restore_test':
      return withWorkloads(facts, [change.workloadId], (workload) =>
        tested(workload, change.passes ?? 1, now),
      );
    case 'pass_surebackup':
      return withWorkloads(facts, change.workloadIds, (workload) =>
        tested(workload, change.passes ?? 1, now),
      );
    case 'clean_point':
      return withWorkloads(facts, [change.workloadId], (workload) => ({
        ...workload,
        integrity: cleaned(workload.integrity, now),
      }));
    case 'fix_job':
      return fixed(facts, change.jobId, change.goodRuns ?? 7);
    case 'enable_job':
      return withJob(facts, change.jobId, (job) => ({ ...job, isEnabled: true }));
    case 'move_job':
      return moved(facts, change.jobId, change.repositoryId);
    case 'clear_signal':
      return { ...facts, signals: facts.signals.filter(({ kind }) => kind !== change.signal) };
    case 'refresh_input':
      return refreshed(facts, change.worker);
  }
}

function tested(workload: WorkloadEvidence, passes: number, now: number): WorkloadEvidence {
  const known = workload.recover;
  const poolBound = known?.poolBound ?? null;
  const trials = known?.trials ?? { passed: 0, total: 0 };
  const after = { passed: trials.passed + passes, total: trials.total + passes };
  const recover: RecoverEvidence = {
    ...restoreProbability(after, poolBound),
    basis: 'measured',
    asOf: now,
    lastTestAt: now,
    trials: after,
    poolBound,
    refs: known?.refs ?? [],
  };
  return { ...workload, recover };
}

function cleaned(known: IntegrityEvidence | null, now: number): IntegrityEvidence {
  return {
    isDataJudged: known?.isDataJudged ?? false,
    isMalwareJudged: true,
    newestPointStatus: 'CLEAN',
    signals: [],
    asOf: now,
    refs: known?.refs ?? [],
  };
}

/** The job and the workloads it protects; an incident it was part of is over for it. */
function fixed(facts: RiskFacts, jobId: string, goodRuns: number): RiskFacts {
  const good = (known: GapEvidence | null): GapEvidence => ({
    credit: goodRuns,
    weight: goodRuns,
    lastObservedAt: facts.now,
    asOf: facts.now,
    intervalHours: known?.intervalHours ?? null,
    rpoHours: known?.rpoHours ?? null,
    ageHours: 0,
    shareBeyondRpo: null,
    status: 'OK',
    refs: known?.refs ?? [],
  });
  const after = withJob(facts, jobId, (job) => ({ ...job, gap: good(job.gap) }));
  const concerns = ({ jobIds, gap }: WorkloadEvidence) => gap !== null && jobIds.includes(jobId);
  return {
    ...after,
    workloads: facts.workloads.map((workload) =>
      concerns(workload) ? { ...workload, gap: good(workload.gap) } : workload,
    ),
    incidents: facts.incidents.map((incident) => ({
      ...incident,
      openJobIds: incident.openJobIds.filter((id) => id !== jobId),
    })),
  };
}

function moved(facts: RiskFacts, jobId: string, repositoryId: string): RiskFacts {
  needKnown(facts.repositories, repositoryId, 'repository');
  const after = withJob(facts, jobId, (job) => ({ ...job, repositoryIds: [repositoryId] }));
  const concerns = ({ jobIds, repositoryIds }: WorkloadEvidence) =>
    jobIds.includes(jobId) && repositoryIds.length > 0;
  return {
    ...after,
    workloads: facts.workloads.map((workload) =>
      concerns(workload) ? { ...workload, repositoryIds: [repositoryId] } : workload,
    ),
  };
}

function refreshed(facts: RiskFacts, worker: InputWorker): RiskFacts {
  const input = facts.inputs.find((each) => each.worker === worker);
  const fresh = {
    worker,
    sourceId: facts.sourceId,
    expectedHours: input?.expectedHours ?? null,
    lastSuccessAt: facts.now,
    completeness: 1,
    missing: [],
  };
  const inputs = [...facts.inputs.filter((each) => each.worker !== worker), fresh];
  return { ...seenAgain(facts, worker), inputs };
}

/** What the worker had found, found again now. */
function seenAgain(facts: RiskFacts, worker: InputWorker): RiskFacts {
  const asOf = facts.now;
  const gapAgain = (gap: GapEvidence | null) => gap && { ...gap, asOf, lastObservedAt: asOf };
  const again = <T extends object>(evidence: T | null) => evidence && { ...evidence, asOf };
  switch (worker) {
    case 'health':
      return {
        ...facts,
        jobs: facts.jobs.map((each) => ({ ...each, gap: gapAgain(each.gap) })),
        workloads: facts.workloads.map((each) => ({ ...each, gap: gapAgain(each.gap) })),
      };
    case 'capacity':
      return {
        ...facts,
        repositories: facts.repositories.map((each) => ({ ...each, capacity: again(each.capacity) })),
      };
    case 'efficiency':
      return {
        ...facts,
        workloads: facts.workloads.map((each) => ({ ...each, integrity: again(each.integrity) })),
      };
    case 'rto':
      return {
        ...facts,
        workloads: facts.workloads.map((each) => ({ ...each, recover: again(each.recover) })),
      };
  }
}

function withJob(facts: RiskFacts, id: string, change: (job: JobEvidence) => JobEvidence): RiskFacts {
  needKnown(facts.jobs, id, 'job');
  return { ...facts, jobs: facts.jobs.map((job) => (job.id === id ? change(job) : job)) };
}

function withRepository(
  facts: RiskFacts,
  id: string,
  change: (repository: RiskFacts['repositories'][number]) => RiskFacts['repositories'][number],
): RiskFacts {
  needKnown(facts.repositories, id, 'repository');
  const repositories = facts.repositories.map((each) => (each.id === id ? change(each) : each));
  return { ...facts, repositories };
}

function withWorkloads(
  facts: RiskFacts,
  ids: readonly string[],
  change: (workload: WorkloadEvidence) => WorkloadEvidence,
): RiskFacts {
  for (const id of ids) needKnown(facts.workloads, id, 'workload');
  const chosen = new Set(ids);
  const workloads = facts.workloads.map((each) => (chosen.has(each.id) ? change(each) : each));
  return { ...facts, workloads };
}

function needKnown(known: readonly { id: string }[], id: string, what: string): void {
  if (!known.some((each) => each.id === id)) throw new RangeError(`no ${what} ${id} among the facts`);
}

function compare(before: readonly RiskItem[], after: readonly RiskItem[]): WhatIfItem[] {
  const was = new Map(before.map((item) => [item.key, item]));
  const is = new Map(after.map((item) => [item.key, item]));
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((key) => {
      const [from, to] = [was.get(key) ?? null, is.get(key) ?? null];
      return { key, before: from, after: to, delta: (from?.score ?? 0) - (to?.score ?? 0) };
    })
    .filter(({ before: from, after: to, delta }) => from === null || to === null || Math.abs(delta) > 1e-9)
    .sort((a, b) => b.delta - a.delta || (a.key < b.key ? -1 : 1));
}
