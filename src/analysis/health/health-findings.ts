import type { AzureFacts } from './azure-facts.ts';
import { azureFindings } from './azure-findings.ts';
import { compareFindings, type Finding } from './finding.ts';
import { type IncidentSeries, toIncidentSeries } from './incident-series.ts';
import type { Incident } from './incidents.ts';
import type { InfrastructureFacts } from './infrastructure-facts.ts';
import { infrastructureFindings } from './infrastructure-findings.ts';
import { jobFindings } from './job-findings.ts';
import type { JobHealth } from './job-health.ts';
import { securityFindings } from './security-findings.ts';

export interface HealthFindingsInput {
  now: number;
  jobs: readonly JobHealth[];
  incidents: readonly Incident[];
  infrastructure: InfrastructureFacts;
  /** Of a vault of Azure Backup only. */
  azure?: AzureFacts | null;
}

const DAY_MS = 86_400_000;
const INCIDENT_DAYS = 14;

/**
 * All health findings, worst first, by the rules of DOCS/methods.md. The severity of each rule is given where the rule is:
 * job-findings.ts, infrastructure-findings.ts, security-findings.ts, azure-findings.ts, vault-findings.ts; an INCIDENT of the last 14 days is high.
 * Nothing is found in what is not known: an absent fact is neither a finding nor its absence proven.
 */
export function healthFindings({
  now,
  jobs,
  incidents,
  infrastructure,
  azure,
}: HealthFindingsInput): Finding[] {
  const series = toIncidentSeries(incidents).filter(({ end }) => end >= now - INCIDENT_DAYS * DAY_MS);
  return [
    ...jobs.flatMap((job) => jobFindings(job, now)),
    ...series.map((incident) => incidentFinding(incident, infrastructure.server, jobs)),
    ...infrastructureFindings(infrastructure, now),
    ...securityFindings(infrastructure, now),
    ...(azure ? azureFindings(azure, jobs) : []),
  ].sort(compareFindings);
}

function incidentFinding(
  series: IncidentSeries,
  estate: { id: string; name: string },
  jobs: readonly JobHealth[],
): Finding {
  const cause = series.suspectedCause;
  const first = series.incidents[0] as Incident;
  const names = new Map(jobs.map(({ job }) => [job.jobId, job.name]));
  const finding: Finding = {
    kind: 'INCIDENT',
    entity: { kind: 'estate', id: estate.id, name: estate.name },
    severity: 'high',
    since: series.start,
    level: null,
    evidence: {
      lastFailureAt: series.end,
      occurrences: series.incidents.length,
      failedJobs: series.jobs.length,
      activeJobs: Math.max(...series.incidents.map(({ activeJobs }) => activeJobs)),
      tailProbability: series.p,
      failureRate: first.failureRate,
      firstJobs: series.jobs
        .slice(0, 10)
        .map((id) => names.get(id) ?? id)
        .join(', '),
      lift: cause?.lift ?? null,
      shareWithCause: cause?.share ?? null,
    },
    jobs: series.jobs,
  };
  if (!cause) return finding;
  const { kind, id, name } = cause;
  return { ...finding, cause: kind === 'message' ? { kind, id, text: name ?? id } : { kind, id, name } };
}
