import type { IncidentEvidence } from './facts.ts';

/** Share of the smaller set of open jobs from which two incidents are one trouble that goes on. */
const SAME_FROM = 0.5;

/**
 * Incidents whose open jobs are mostly the same become one: a repository that is full fails the same jobs night after night,
 * and that is one risk. It has the id of the earliest, so that it keeps its name while it lasts, and the cause of the latest.
 * Incidents all of whose jobs have recovered stay as they are.
 */
export function mergeIncidents(incidents: readonly IncidentEvidence[]): IncidentEvidence[] {
  const merged: IncidentEvidence[] = [];
  for (const incident of incidents.toSorted((a, b) => a.startAt - b.startAt || (a.id < b.id ? -1 : 1))) {
    const at = merged.findIndex((known) => isSame(known, incident));
    const known = merged[at];
    if (known) merged[at] = join(known, incident);
    else merged.push(incident);
  }
  return merged;
}

function isSame(a: IncidentEvidence, b: IncidentEvidence): boolean {
  const smaller = Math.min(a.openJobIds.length, b.openJobIds.length);
  if (smaller === 0) return false;
  const open = new Set(a.openJobIds);
  return b.openJobIds.filter((id) => open.has(id)).length >= SAME_FROM * smaller;
}

function join(earlier: IncidentEvidence, later: IncidentEvidence): IncidentEvidence {
  return {
    ...earlier,
    endAt: Math.max(earlier.endAt, later.endAt),
    jobIds: [...new Set([...earlier.jobIds, ...later.jobIds])],
    openJobIds: [...new Set([...earlier.openJobIds, ...later.openJobIds])],
    cause: later.cause ?? earlier.cause ?? null,
    refs: [...earlier.refs, ...later.refs],
  };
}
