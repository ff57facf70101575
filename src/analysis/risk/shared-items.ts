import type { IncidentEvidence, JobEvidence, RepositoryEvidence, RiskItem } from './facts.ts';
import { type HazardName, worstHazard } from './hazard.ts';
import {
  type Judged,
  judgeExposure,
  placesOf,
  type RiskContext,
  signalHazard,
  worstOf,
} from './hazards-of.ts';
import { riskItem } from './item.ts';
import { ASSUMED_TIER, highestTier, type TierEvidence } from './priority.ts';
import { type Severities, sharedSeverity } from './score.ts';
import { isWorking, type WorkloadRisk } from './workload-items.ts';

/**
 * Causes that many share, one item each: every repository (a full one is one risk, not 200), every incident with jobs that
 * have not recovered, and the estate where signals concern all of it. Their severity grows with what they affect.
 */
export function sharedItems(
  context: RiskContext,
  workloads: readonly WorkloadRisk[],
  severities: Severities,
): RiskItem[] {
  const { facts } = context;
  const reach = reachOfRepositories(context, workloads);
  const items = facts.repositories.flatMap((repository) =>
    repositoryItem(context, repository, reach.get(repository.id) ?? nothing(), severities),
  );
  for (const incident of facts.incidents) {
    const isOpen = incident.openJobIds.some((id) => {
      const job = context.jobs.get(id);
      return job !== undefined && isWorking(job);
    });
    if (isOpen) items.push(incidentItem(context, incident, workloads, severities));
  }
  if (facts.signals.length > 0) items.push(estateItem(context, workloads, severities));
  return items;
}

/** Which open incident each job's failure belongs to, as key of that item; of several the latest. */
export function incidentOfJob(incidents: readonly IncidentEvidence[]): Map<string, string> {
  const keys = new Map<string, string>();
  for (const { id, openJobIds } of incidents.toSorted((a, b) => a.endAt - b.endAt)) {
    for (const jobId of openJobIds) keys.set(jobId, `incident:${id}`);
  }
  return keys;
}

interface Reach {
  jobs: Set<string>;
  workloads: Set<string>;
  tiers: TierEvidence[];
}

function nothing(): Reach {
  return { jobs: new Set(), workloads: new Set(), tiers: [] };
}

function reachOfRepositories(context: RiskContext, workloads: readonly WorkloadRisk[]): Map<string, Reach> {
  const reach = new Map<string, Reach>();
  const of = (id: string) => {
    const known = reach.get(id) ?? nothing();
    reach.set(id, known);
    return known;
  };
  const jobs = context.facts.jobs.filter(isWorking);
  for (const { id, repositoryIds, tier } of jobs) {
    for (const repositoryId of repositoryIds) {
      of(repositoryId).jobs.add(id);
      of(repositoryId).tiers.push(tier);
    }
  }
  for (const { workload } of workloads) {
    for (const repositoryId of placesOf(context, workload)) {
      of(repositoryId).workloads.add(workload.id);
      of(repositoryId).tiers.push(workload.tier);
    }
  }
  return reach;
}

function repositoryItem(
  context: RiskContext,
  { id, name, signals, exposure }: RepositoryEvidence,
  reach: Reach,
  severities: Severities,
): RiskItem[] {
  const capacity = context.capacities.get(id);
  const judged = capacity ? [capacity] : [];
  const integrity = [
    ...(signals.length > 0 ? [signalHazard(context, signals)] : []),
    ...(exposure ? [judgeExposure(context, exposure)] : []),
  ];
  const worst = worstOf(integrity);
  if (worst) judged.push(withReasonsOf(worst, integrity));
  return judged.length === 0
    ? []
    : [sharedItem({ scope: 'repository', id, name, judged, reach, severities })];
}

/** Signs of an attack and open guards are one hazard: the worse counts, and both are said. */
function withReasonsOf(worst: Judged, all: readonly Judged[]): Judged {
  const other = all.find((one) => one !== worst);
  if (!other) return worst;
  const { hazard } = worst;
  return {
    ...worst,
    hazard: {
      ...hazard,
      reasons: [...hazard.reasons, ...other.hazard.reasons],
      evidence: [...hazard.evidence, ...other.hazard.evidence],
    },
  };
}

/** As bad as the worst gap among the jobs that have not recovered. */
function incidentItem(
  context: RiskContext,
  { id, openJobIds, cause, refs }: IncidentEvidence,
  workloads: readonly WorkloadRisk[],
  severities: Severities,
): RiskItem {
  const open = new Set(openJobIds);
  const jobs = openJobIds.flatMap((jobId) => context.jobs.get(jobId) ?? []).filter(isWorking);
  const members = workloads.filter(({ workload }) => workload.jobIds.some((jobId) => open.has(jobId)));
  const gaps = jobs.flatMap(({ id: jobId }) => context.jobGaps.get(jobId) ?? []);
  const worst = worstHazard(gaps.map(({ hazard }) => hazard));
  const flags = [...new Set(gaps.flatMap((gap) => gap.flags))];
  const reasons = [
    `${openJobIds.length} jobs failed together and have not had a usable run since`,
    ...(cause ? [`they share a ${cause.kind}, and the others do not`] : []),
  ];
  const told = { reasons: [...reasons, ...(worst?.reasons ?? [])], evidence: refs, isHappening: true };
  const hazard = worst && { ...worst, ...told };
  const reach = { jobs: open, workloads: idsOf(members), tiers: [...jobs.map(tierOf), ...tiersOf(members)] };
  const judged = hazard ? [{ hazard, flags, of: null }] : [];
  return sharedItem({ scope: 'incident', id, name: cause?.name ?? 'incident', judged, reach, severities });
}

function estateItem(
  context: RiskContext,
  workloads: readonly WorkloadRisk[],
  severities: Severities,
): RiskItem {
  const { facts } = context;
  const reach = {
    jobs: new Set(facts.jobs.filter(isWorking).map(({ id }) => id)),
    workloads: idsOf(workloads),
    tiers: tiersOf(workloads),
  };
  const judged = [signalHazard(context, facts.signals)];
  return sharedItem({ scope: 'estate', id: facts.sourceId, name: facts.sourceId, judged, reach, severities });
}

function sharedItem(input: {
  scope: 'repository' | 'incident' | 'estate';
  id: string;
  name: string;
  judged: readonly Judged[];
  reach: Reach;
  severities: Severities;
}): RiskItem {
  const { reach, severities } = input;
  const affected = Math.max(reach.jobs.size, reach.workloads.size);
  const shared = (hazard: HazardName) => sharedSeverity(severities[hazard], affected);
  return riskItem({
    scope: input.scope,
    id: input.id,
    name: input.name,
    tier: reach.tiers.length > 0 ? highestTier(reach.tiers) : ASSUMED_TIER,
    judged: input.judged,
    affectedJobs: [...reach.jobs],
    affectedWorkloads: [...reach.workloads],
    severities: {
      gap: shared('gap'),
      capacity: shared('capacity'),
      integrity: shared('integrity'),
      recover: shared('recover'),
    },
  });
}

function idsOf(members: readonly WorkloadRisk[]): Set<string> {
  return new Set(members.map(({ workload }) => workload.id));
}

function tiersOf(members: readonly WorkloadRisk[]): TierEvidence[] {
  return members.map(({ workload }) => workload.tier);
}

function tierOf({ tier }: JobEvidence): TierEvidence {
  return tier;
}
