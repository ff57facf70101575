import { estateRisk } from './estate.ts';
import type { RiskAssessment, RiskFacts } from './facts.ts';
import { riskContext } from './hazards-of.ts';
import { compareItems } from './item.ts';
import { jobItems } from './job-items.ts';
import { SEVERITIES, type Severities } from './score.ts';
import { incidentOfJob, sharedItems } from './shared-items.ts';
import { protectionOf, workloadRisk } from './workload-items.ts';

/**
 * The risk of one source (METHODS 3.5): an item per workload, job, repository, open incident and estate-wide signal, most
 * urgent first, and the roll-up. Deterministic; what-if calls the same function on changed facts.
 */
export function assessRisk(facts: RiskFacts, severities: Severities = SEVERITIES): RiskAssessment {
  const context = riskContext(facts);
  const openIncidents = incidentOfJob(facts.incidents);
  const staying = facts.workloads.filter((workload) => protectionOf(workload, context.jobs) !== 'LEFT');
  const workloads = staying.map((workload) => workloadRisk(context, workload, openIncidents, severities));
  const jobs = jobItems(context, workloads, openIncidents, severities);
  const shared = sharedItems(context, workloads, severities);
  const workloadItems = workloads.map(({ item }) => item);
  const hasData = workloads.length > 0 || facts.jobs.some(({ isDeleted }) => !isDeleted);
  const items = hasData ? [...workloadItems, ...jobs, ...shared].sort(compareItems) : [];
  const stayed = new Set(staying);
  const left = facts.workloads.filter((workload) => !stayed.has(workload)).map(({ id }) => id);
  return {
    sourceId: facts.sourceId,
    now: facts.now,
    inputs: context.inputs,
    items,
    estate: estateRisk(hasData ? (workloadItems.length > 0 ? workloadItems : jobs) : [], items, left),
  };
}
