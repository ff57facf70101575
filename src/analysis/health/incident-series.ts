import type { SuspectedCause } from './incident-cause.ts';
import type { Incident } from './incidents.ts';

/** Incidents of one cause that follow each other, such as the same repository being full night after night. */
export interface IncidentSeries {
  start: number;
  end: number;
  jobs: string[];
  /** Smallest chance of the incidents. */
  p: number;
  suspectedCause: SuspectedCause | null;
  incidents: Incident[];
}

const HOUR_MS = 3_600_000;
const NEXT_WITHIN_MS = 36 * HOUR_MS;

/**
 * Incidents joined to series, by start: one belongs to the series before it if that ended at most 36 hours earlier and
 * they share the suspected cause or, where one has only a message or nothing for a cause, at least half of the jobs.
 * A piece of infrastructure that one of them names is the cause of the series.
 */
export function toIncidentSeries(incidents: readonly Incident[]): IncidentSeries[] {
  const series: IncidentSeries[] = [];
  for (const incident of incidents.toSorted((a, b) => a.start - b.start)) {
    const known = series.findLast((candidate) => isContinued(candidate, incident));
    if (known) extend(known, incident);
    else series.push(begin(incident));
  }
  return series;
}

function isContinued(series: IncidentSeries, incident: Incident): boolean {
  if (incident.start - series.end > NEXT_WITHIN_MS) return false;
  const [a, b] = [series.suspectedCause, incident.suspectedCause];
  if (a && b && a.kind === b.kind && a.id === b.id) return true;
  if (isInfrastructure(a) && isInfrastructure(b)) return false;
  const shared = incident.jobs.filter((job) => series.jobs.includes(job)).length;
  return shared * 2 >= Math.min(series.jobs.length, incident.jobs.length);
}

function isInfrastructure(cause: SuspectedCause | null): boolean {
  return cause !== null && cause.kind !== 'message';
}

function begin(incident: Incident): IncidentSeries {
  const { start, end, p, suspectedCause } = incident;
  return { start, end, jobs: [...incident.jobs], p, suspectedCause, incidents: [incident] };
}

function extend(series: IncidentSeries, incident: Incident): void {
  series.end = Math.max(series.end, incident.end);
  series.jobs = [...new Set([...series.jobs, ...incident.jobs])];
  series.p = Math.min(series.p, incident.p);
  if (!isInfrastructure(series.suspectedCause)) {
    const { suspectedCause } = incident;
    if (series.suspectedCause === null || isInfrastructure(suspectedCause))
      series.suspectedCause = suspectedCause;
  }
  series.incidents.push(incident);
}
