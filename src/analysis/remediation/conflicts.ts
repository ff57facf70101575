import { effortOfAll } from './effort.ts';
import type { RemediationFacts } from './evidence.ts';
import type { Plan, PlanOption } from './plan.ts';
import { areSuspect, SUSPECTED_FROM } from './suspicion.ts';

/**
 * Options that would be done twice or against each other on one repository (METHODS 3.6): space is added and freed by the
 * plan of the repository alone, and nothing is deleted where something may be poisoned. Jobs that fail for
 * want of space are part of the repository's plan.
 */
export function mergeConflicts(
  plans: readonly Plan[],
  facts: RemediationFacts,
): { plans: Plan[]; merged: Map<string, string> } {
  const suspected = suspectedPlaces(facts);
  const ofRepository = new Map(
    plans
      .filter(({ scope, type }) => scope === 'repository' && type === 'capacity')
      .map((plan) => [plan.id, plan]),
  );
  const merged = new Map<string, string>();
  const covered = new Map<string, Plan[]>();
  const kept = plans.flatMap((plan): Plan[] => {
    const held = withoutDeletions(plan, suspected);
    const owner = held.subject.repositoryIds
      .map((id) => ofRepository.get(id))
      .find((each) => each !== undefined);
    if (!owner || owner.planId === plan.planId) return [held];
    const left = held.options.filter(
      ({ touches = [] }) => !touches.includes('adds-space') && !touches.includes('deletes-points'),
    );
    if (held.ruleIds[0] !== 'gap.repository-full')
      return [
        left.length === held.options.length
          ? held
          : withOptions(held, left, `space is the matter of the plan ${owner.planId}`),
      ];
    merged.set(plan.planId, owner.planId);
    covered.set(owner.planId, [...(covered.get(owner.planId) ?? []), plan]);
    return [];
  });
  return { plans: kept.map((plan) => covering(plan, covered.get(plan.planId) ?? [])), merged };
}

/** Repositories that hold something suspected; all of them if the whole estate is. */
function suspectedPlaces({ risk, assessment }: RemediationFacts): ReadonlySet<string> {
  const suspicious = new Set(
    assessment.items
      .filter(({ contributions }) =>
        contributions.some(({ hazard, q }) => hazard === 'integrity' && q >= SUSPECTED_FROM),
      )
      .map(({ key }) => key),
  );
  if (suspicious.has(`estate:${risk.sourceId}`) || areSuspect(risk.signals))
    return new Set(risk.repositories.map(({ id }) => id));
  const jobs = new Map(risk.jobs.map((job) => [job.id, job]));
  const places = new Set<string>();
  for (const { id, signals } of risk.repositories)
    if (suspicious.has(`repository:${id}`) || areSuspect(signals)) places.add(id);
  for (const { id, repositoryIds, jobIds, integrity } of risk.workloads) {
    if (!suspicious.has(`workload:${id}`) && !areSuspect(integrity?.signals ?? [])) continue;
    for (const place of [
      ...repositoryIds,
      ...jobIds.flatMap((jobId) => jobs.get(jobId)?.repositoryIds ?? []),
    ])
      places.add(place);
  }
  return places;
}

function withoutDeletions(plan: Plan, suspected: ReadonlySet<string>): Plan {
  if (!plan.subject.repositoryIds.some((id) => suspected.has(id))) return plan;
  const left = plan.options.filter(({ touches = [] }) => !touches.includes('deletes-points'));
  if (left.length === plan.options.length) return plan;
  return withOptions(
    plan,
    left,
    'options that delete restore points are held back: something in this repository may be poisoned',
  );
}

/** The plan with fewer options: its promise is that of the first one left. */
function withOptions(plan: Plan, options: PlanOption[], reason: string): Plan {
  const [best] = options;
  const benefitPerHour = best?.benefitPerHour ?? 0;
  return {
    ...plan,
    options,
    expectedScoreAfter: best ? best.expectedScoreAfter : plan.scoreNow,
    delta: best ? best.delta : 0,
    ...effortOfAll(plan.steps, options),
    benefitPerHour,
    worth: plan.tier.weight * benefitPerHour,
    notKnown: [...plan.notKnown, reason],
  };
}

/** The plan of the repository ends the trouble of the others: it is verified on them as well. */
function covering(plan: Plan, others: readonly Plan[]): Plan {
  if (others.length === 0) return plan;
  const jobIds = [...new Set([...plan.subject.jobIds, ...others.flatMap(({ subject }) => subject.jobIds)])];
  const streaks = others.flatMap(({ verify }) => verify.filter(({ metric }) => metric === 'failure_streak'));
  const worst = streaks.toSorted((a, b) => (b.current ?? Infinity) - (a.current ?? Infinity)).slice(0, 1);
  return {
    ...plan,
    covers: others.map(({ planId }) => planId),
    subject: { ...plan.subject, jobIds },
    verify: [...plan.verify, ...worst],
    evidence: [...plan.evidence, ...others.flatMap(({ evidence }) => evidence.slice(0, 5))],
  };
}
