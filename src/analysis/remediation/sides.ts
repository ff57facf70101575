import type { Case, WorkloadState } from './evidence.ts';
import type { Cite, Step } from './rule.ts';

const MOST = 5;

/**
 * What a plan for a machine with several protections has to name: the others, where their newest point is and how they stand.
 * Nothing for all other plans. Names are values.
 */
export function sidesOf(of: Case): { steps: Step[]; cites: Cite[] } {
  const workloads = workloadsOf(of).filter(
    ({ protections = [], homeSourceId }) => protections.length > 0 || homeSourceId != null,
  );
  if (workloads.length === 0) return { steps: [], cites: [] };
  const cites = workloads.slice(0, MOST).flatMap((workload) =>
    (workload.protections ?? []).flatMap((other): Cite[] => {
      const row = { source: workload.table, id: workload.id, asOf: workload.asOf };
      return [
        { ...row, field: 'protections.source_id', value: other.sourceId },
        { ...row, field: 'protections.workload_id', value: other.workloadId },
        { ...row, field: 'protections.name', value: other.name },
        { ...row, field: 'protections.rpo_status', value: other.rpoStatus },
        {
          ...row,
          field: 'protections.newest_point_at',
          value: other.newestPointAt === null ? null : new Date(other.newestPointAt).toISOString(),
        },
      ];
    }),
  );
  const isElsewhere = workloads.some(({ homeSourceId }) => homeSourceId != null);
  return {
    steps: [
      {
        text: isElsewhere
          ? 'What it protects is protected by another source as well, and listed there: see both before you change either, and agree which of them has to keep the RPO.'
          : 'Another source protects the machine as well (see protections in the evidence; of several machines the first five): look whether its newest restore point can be used, and agree which of both has to keep the RPO.',
        minutes: 10,
      },
    ],
    cites,
  };
}

/** The machine of the case, or those of the items that it is about. */
function workloadsOf({ workload, job, jobs, item, facts }: Case): readonly WorkloadState[] {
  if (workload) return [workload];
  const ofItems = (job ? [job] : jobs).flatMap(({ id }) => facts.items?.get(id)?.workloadId ?? []);
  const ids = new Set([...ofItems, ...item.affectedWorkloads]);
  return [...ids].flatMap((id) => facts.workloads.get(id) ?? []);
}
