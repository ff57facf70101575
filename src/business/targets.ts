import type { BusinessContext, TargetOverride, Tier } from './context.ts';
import { normalize } from './glob.ts';
import { jobsOf, type Named } from './tier.ts';

const DEFAULT_RPO_HOURS = 24;
const DEFAULT_RTO_MINUTES = 30;

/**
 * Where a target is from. `tier`: the file sets it for the tier or for all; `policy`: nobody set one, and it is what the policy
 * promises; `default`: nobody set one.
 */
type TargetBasis = 'workload' | 'tier' | 'default';
export type TargetsAnswer = {
  rpoHours: number;
  rtoMinutes: number;
  rpoBasis: TargetBasis | 'policy';
  rtoBasis: TargetBasis;
};

/**
 * The age that the newest restore point may have, in hours, and the time that a restore may take, in minutes. Each comes from
 * the override for the id, else for the name, else the strictest override of its jobs, else from the tier, else from what holds
 * for all, else the default.
 *
 * @param policyHours the age that the policy of the workload promises, where it has one: instead of the default
 */
export function targetsOf(
  context: BusinessContext,
  workload: Named & { tier: Tier | null },
  policyHours: number | null = null,
): TargetsAnswer {
  const [rpoHours, rpoBasis] = choose(context, workload, 'rpoHours', policyHours ?? DEFAULT_RPO_HOURS);
  const [rtoMinutes, rtoBasis] = choose(context, workload, 'rtoMinutes', DEFAULT_RTO_MINUTES);
  const isOfPolicy = rpoBasis === 'default' && policyHours !== null;
  return { rpoHours, rtoMinutes, rpoBasis: isOfPolicy ? 'policy' : rpoBasis, rtoBasis };
}

function choose(
  context: BusinessContext,
  workload: Named & { tier: Tier | null },
  field: 'rpoHours' | 'rtoMinutes',
  fallback: number,
): [number, TargetBasis] {
  const own = overrideOf(context, workload, field) ?? strictestOfJobs(context, workload, field);
  if (own !== null) return [own, 'workload'];
  const { byTier, all } = context.targets;
  const set = (workload.tier === null ? null : byTier[workload.tier][field]) ?? all[field];
  return set === null ? [fallback, 'default'] : [set, 'tier'];
}

function strictestOfJobs(
  context: BusinessContext,
  workload: Named,
  field: 'rpoHours' | 'rtoMinutes',
): number | null {
  if (context.targets.overrides.length === 0) return null;
  const found = jobsOf(workload).flatMap((job) => overrideOf(context, job, field) ?? []);
  return found.length > 0 ? Math.min(...found) : null;
}

function overrideOf(
  context: BusinessContext,
  { id, name }: { id: string; name: string },
  field: 'rpoHours' | 'rtoMinutes',
): number | null {
  const overrides = overridesOf(context);
  return overrides.get(normalize(id))?.[field] ?? overrides.get(normalize(name))?.[field] ?? null;
}

const compiled = new WeakMap<BusinessContext, Map<string, TargetOverride>>();

function overridesOf(context: BusinessContext): Map<string, TargetOverride> {
  const known = compiled.get(context);
  if (known) return known;
  const made = new Map(context.targets.overrides.map((one) => [normalize(one.idOrName), one]));
  compiled.set(context, made);
  return made;
}
