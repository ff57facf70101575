import type { JobEvidence, RiskItem, WorkloadEvidence } from './facts.ts';
import type { Estimate, Hazard, HazardName } from './hazard.ts';
import {
  capacityOf,
  impossibleOf,
  integrityOf,
  type Judged,
  placesOf,
  type RiskContext,
  recoverOf,
  withTroubles,
  workloadGap,
} from './hazards-of.ts';
import { riskItem } from './item.ts';
import type { RiskFlag } from './priority.ts';
import type { Severities } from './score.ts';

/** A workload's item with the hazards it was made of, which its jobs' items need. */
export interface WorkloadRisk {
  workload: WorkloadEvidence;
  item: RiskItem;
  /** Without capacity where what it lies in cannot be full. */
  judged: Readonly<Record<Exclude<HazardName, 'capacity'>, Judged> & { capacity: Judged | null }>;
}

export type Protection = 'PROTECTED' | 'UNPROTECTED' | 'LEFT';

/** Without a job for longer than this a workload has left, as its job did. */
const LEFT_AFTER_HOURS = 30 * 24;
const NO_JOB: Estimate = { q: 0.95, low: 0.9, high: 0.95 };

/**
 * Whether anything makes new restore points of it. UNPROTECTED: all its jobs are disabled or deleted. LEFT: they were
 * deleted and its newest point is more than 30 days old. No known job at all is not known, which is no verdict.
 */
export function protectionOf(workload: WorkloadEvidence, jobs: RiskContext['jobs']): Protection {
  if (workload.jobIds.length === 0) return 'PROTECTED';
  if (workload.others?.some(({ isWorking: works }) => works === true)) return 'PROTECTED';
  const known = workload.jobIds.map((id) => jobs.get(id));
  if (known.some((job) => job === undefined || (isWorking(job) && job.createsPoints))) return 'PROTECTED';
  const isDeleted = known.every((job) => job?.isDeleted);
  return isDeleted && (workload.gap?.ageHours ?? 0) > LEFT_AFTER_HOURS ? 'LEFT' : 'UNPROTECTED';
}

/** Item of one protected object, all four hazards of it. */
export function workloadRisk(
  context: RiskContext,
  workload: WorkloadEvidence,
  openIncidents: ReadonlyMap<string, string>,
  severities: Severities,
): WorkloadRisk {
  const isUnprotected = protectionOf(workload, context.jobs) === 'UNPROTECTED';
  const judged = {
    gap: isUnprotected ? withoutJob(context, workload) : workloadGap(context, workload),
    capacity: capacityOf(context, placesOf(context, workload)),
    integrity: integrityOf(context, workload),
    recover: recoverOf(context, workload),
  };
  const flags: RiskFlag[] = isUnprotected ? ['UNPROTECTED'] : [];
  const item = riskItem({
    scope: 'workload',
    id: workload.id,
    name: workload.name,
    tier: workload.tier,
    judged: [judged.gap, judged.capacity, judged.integrity, judged.recover].filter((one) => one !== null),
    causeOf: (hazard) => {
      const one = judged[hazard];
      return one ? causeOf(context, workload, one, openIncidents) : undefined;
    },
    flags: isNew(context, workload, judged.gap.of) ? [...flags, 'NEW'] : flags,
    affectedJobs: workload.jobIds,
    impossible: impossibleOf(judged.capacity),
    severities,
  });
  return { workload, item, judged };
}

/** Enabled, or not known to be anything else. */
export function isWorking(job: JobEvidence): boolean {
  return !job.isDeleted && job.isEnabled !== false;
}

/** Certain: nothing makes new points, so the RPO is missed soon if it is not yet. */
function withoutJob({ facts, jobs }: RiskContext, workload: WorkloadEvidence): Judged {
  const disabled = workload.jobIds.find((id) => jobs.get(id)?.isDeleted === false);
  const reason = disabled ? 'its jobs are disabled' : 'its jobs were deleted';
  const hazard = unprotectedGap(facts.now, reason, workload.jobIds);
  return withTroubles({ hazard, flags: [], of: disabled ?? null }, workload.others ?? []);
}

/** Gap of what no enabled job protects. */
export function unprotectedGap(now: number, reason: string, jobIds: readonly string[]): Hazard {
  return {
    hazard: 'gap',
    ...NO_JOB,
    basis: 'measured',
    asOf: now,
    ageDays: 0,
    reasons: [reason],
    evidence: jobIds.map((id) => ({ table: 'job', id })),
  };
}

function causeOf(
  context: RiskContext,
  workload: WorkloadEvidence,
  { hazard, of }: Judged,
  openIncidents: ReadonlyMap<string, string>,
): string | undefined {
  const { repositories } = context;
  switch (hazard.hazard) {
    case 'gap':
      return of === null ? undefined : (openIncidents.get(of) ?? `job:${of}`);
    case 'capacity':
      return of !== null && repositories.has(of) ? `repository:${of}` : undefined;
    case 'integrity':
      return sharedIntegrity(context, workload);
    case 'recover':
      return undefined;
  }
}

/** Signals around a workload are its cause only if it has none of its own. */
function sharedIntegrity(context: RiskContext, workload: WorkloadEvidence): string | undefined {
  const { facts, repositories } = context;
  const { integrity } = workload;
  if ((integrity?.signals.length ?? 0) > 0 || isBad(integrity?.newestPointStatus)) return undefined;
  const hasSignals = (id: string) => (repositories.get(id)?.signals.length ?? 0) > 0;
  const place = placesOf(context, workload).find(hasSignals);
  if (place) return `repository:${place}`;
  return facts.signals.length > 0 ? `estate:${facts.sourceId}` : undefined;
}

function isBad(status: string | undefined): boolean {
  return status !== undefined && status !== 'CLEAN' && status !== 'UNKNOWN';
}

function isNew({ jobs }: RiskContext, { gap }: WorkloadEvidence, jobId: string | null): boolean {
  const evidence = gap ?? (jobId === null ? null : jobs.get(jobId)?.gap);
  return evidence?.isNew ?? false;
}
