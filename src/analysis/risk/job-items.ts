import type { JobEvidence, RiskItem } from './facts.ts';
import { type HazardName, unknownHazard } from './hazard.ts';
import { capacityOf, impossibleOf, type Judged, type RiskContext, worstOf } from './hazards-of.ts';
import { riskItem } from './item.ts';
import { highestTier } from './priority.ts';
import type { Severities } from './score.ts';
import { isWorking, unprotectedGap, type WorkloadRisk } from './workload-items.ts';

/**
 * Items of all enabled jobs, and of disabled ones whose workloads no other job protects (UNPROTECTED). Gap is the job's own;
 * integrity and recover are those of its worst workload, which the item names as their cause.
 */
export function jobItems(
  context: RiskContext,
  workloads: readonly WorkloadRisk[],
  openIncidents: ReadonlyMap<string, string>,
  severities: Severities,
): RiskItem[] {
  const members = membersOf(workloads);
  return context.facts.jobs.flatMap((job) => {
    const own = members.get(job.id) ?? [];
    // All that it protects is listed with another source, which says as well how this one does.
    const isElsewhere = own.length === 0 && (job.workloadsElsewhere ?? 0) > 0;
    if (isElsewhere) return isWorking(job) ? [jobOfElsewhere(context, job, openIncidents, severities)] : [];
    if (isWorking(job)) return [enabledJob(context, job, own, openIncidents, severities)];
    if (job.isDeleted || !job.createsPoints) return [];
    const exposed = own.filter(({ item }) => item.flags.includes('UNPROTECTED'));
    if (own.length > 0 && exposed.length === 0) return [];
    return [disabledJob(context, job, exposed, severities)];
  });
}

function membersOf(workloads: readonly WorkloadRisk[]): Map<string, WorkloadRisk[]> {
  const members = new Map<string, WorkloadRisk[]>();
  for (const risk of workloads) {
    for (const id of risk.workload.jobIds) {
      const known = members.get(id);
      if (known) known.push(risk);
      else members.set(id, [risk]);
    }
  }
  return members;
}

function enabledJob(
  context: RiskContext,
  job: JobEvidence,
  members: readonly WorkloadRisk[],
  openIncidents: ReadonlyMap<string, string>,
  severities: Severities,
): RiskItem {
  const integrity = worstMember('integrity', members);
  const recover = worstMember('recover', members);
  const gap = context.jobGaps.get(job.id) as Judged;
  const capacity = capacityOf(context, job.repositoryIds);
  const causes: Record<HazardName, string | undefined> = {
    gap: openIncidents.get(job.id),
    capacity: causeOfCapacity(context, capacity),
    integrity: integrity.key,
    recover: recover.key,
  };
  return riskItem({
    scope: 'job',
    id: job.id,
    name: job.name,
    tier: tierOfJob(job, members),
    judged: [gap, ...(capacity ? [capacity] : []), integrity.judged, recover.judged],
    causeOf: (hazard) => causes[hazard],
    flags: job.gap?.isNew ? ['NEW'] : [],
    affectedWorkloads: members.map(({ workload }) => workload.id),
    impossible: impossibleOf(capacity),
    severities,
  });
}

const causeOfCapacity = ({ repositories }: RiskContext, capacity: Judged | null): string | undefined =>
  capacity?.of && repositories.has(capacity.of) ? `repository:${capacity.of}` : undefined;

/** Whether its runs end well; what they protect is judged where it is listed. */
function jobOfElsewhere(
  context: RiskContext,
  job: JobEvidence,
  openIncidents: ReadonlyMap<string, string>,
  severities: Severities,
): RiskItem {
  const gap = context.jobGaps.get(job.id) as Judged;
  const capacity = capacityOf(context, job.repositoryIds);
  const told = {
    ...gap.hazard,
    // Another source keeps the machine's RPO or misses it: there it is urgent.
    isHappening: false,
    reasons: [...gap.hazard.reasons, 'what it protects is listed with another source'],
  };
  const causes = { gap: openIncidents.get(job.id), capacity: causeOfCapacity(context, capacity) };
  return riskItem({
    scope: 'job',
    id: job.id,
    name: job.name,
    tier: job.tier,
    judged: [{ ...gap, hazard: told }, ...(capacity ? [capacity] : [])],
    causeOf: (hazard) => (hazard === 'gap' || hazard === 'capacity' ? causes[hazard] : undefined),
    flags: job.gap?.isNew ? ['NEW'] : [],
    impossible: impossibleOf(capacity),
    severities,
  });
}

/** Its workloads have items of their own for the other hazards; here it is only that nothing runs. */
function disabledJob(
  { facts }: RiskContext,
  job: JobEvidence,
  exposed: readonly WorkloadRisk[],
  severities: Severities,
): RiskItem {
  const gap = unprotectedGap(facts.now, 'the job is disabled', [job.id]);
  const isKnown = exposed.length > 0;
  const unsure = {
    ...gap,
    basis: 'assumed' as const,
    reasons: [...gap.reasons, 'its workloads are not known'],
  };
  return riskItem({
    scope: 'job',
    id: job.id,
    name: job.name,
    tier: tierOfJob(job, exposed),
    judged: [{ hazard: isKnown ? gap : unsure, flags: ['UNPROTECTED'], of: null }],
    affectedWorkloads: exposed.map(({ workload }) => workload.id),
    severities,
  });
}

function tierOfJob(job: JobEvidence, members: readonly WorkloadRisk[]) {
  return highestTier([job.tier, ...members.map(({ workload }) => workload.tier)]);
}

function worstMember(
  hazard: 'integrity' | 'recover',
  members: readonly WorkloadRisk[],
): { judged: Judged; key: string | undefined } {
  const judged = worstOf(members.map((member) => member.judged[hazard]));
  if (!judged) {
    const unknown = unknownHazard(hazard, 'its workloads are not known');
    return { judged: { hazard: unknown, flags: [], of: null }, key: undefined };
  }
  const worst = members.find((member) => member.judged[hazard] === judged) as WorkloadRisk;
  const reasons = [...judged.hazard.reasons, `the worst of ${members.length} workloads`];
  const isShared = members.length > 1;
  return {
    judged: isShared ? { ...judged, hazard: { ...judged.hazard, reasons } } : judged,
    key: worst.item.key,
  };
}
