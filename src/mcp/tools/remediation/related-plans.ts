import type { PlanName } from '../../../queries/remediation-answers.ts';

/** An item as far as its relation to plans goes. */
export type RelatedItem = {
  itemId: string;
  scopeType: string;
  scopeId: string;
  causedBy: readonly string[];
  jobIds: readonly string[];
};

export const isOpenPlan = ({ status }: PlanName): boolean => status === 'OPEN' || status === 'REOPENED';

/** Open plans that plans became part of: those that name them as ended too, and those that superseded them. */
export function plansThatReplace(own: readonly PlanName[], all: readonly PlanName[]): PlanName[] {
  const ids = new Set(own.map(({ planId }) => planId));
  const next = new Set(own.flatMap(({ supersededBy }) => supersededBy ?? []));
  return all.filter(
    (plan) =>
      isOpenPlan(plan) &&
      !ids.has(plan.planId) &&
      (next.has(plan.planId) || plan.covers.some((covered) => ids.has(covered))),
  );
}

/**
 * Open plans that end the trouble of items though they are about something else: of their causes, those that cover a plan of
 * theirs, and those of incidents, repositories and groups that are verified on them.
 */
export function plansOfCauses(items: readonly RelatedItem[], all: readonly PlanName[]): PlanName[] {
  const keys = new Set(items.map(({ itemId }) => itemId));
  const causes = new Set(items.flatMap(({ causedBy }) => causedBy));
  const isAbout = (planId: string) => [...keys].some((key) => planId.startsWith(`${key}:`));
  return all.filter(
    (plan) =>
      isOpenPlan(plan) &&
      !keys.has(plan.itemId) &&
      plan.riskType !== 'evidence' &&
      (causes.has(plan.itemId) ||
        plan.covers.some(isAbout) ||
        items.some((item) => isMeasuredOn(plan, item))),
  );
}

/** A plan of a repository, of several incidents or of a group is found by the jobs and workloads that it is verified on. */
function isMeasuredOn({ scopeType, riskType, subject }: PlanName, item: RelatedItem): boolean {
  if (scopeType === 'WORKLOAD' || scopeType === 'ESTATE') return false;
  if (item.scopeType === 'WORKLOAD') return subject.workload_ids.includes(item.scopeId);
  if (riskType !== 'gap' && riskType !== 'capacity') return false;
  if (item.scopeType === 'JOB') return subject.job_ids.includes(item.scopeId);
  return item.scopeType === 'INCIDENT' && item.jobIds.some((id) => subject.job_ids.includes(id));
}
