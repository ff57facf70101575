import type { EvidenceRef } from '../../src/analysis/risk/hazard.ts';
import type { RiskInput } from '../../src/analysis/risk/staleness.ts';
import type { Input } from './inputs.ts';

/** Rows of the metrics database that a number rests on, as the tables keep them. */
export type Refs = {
  of: (rows: readonly EvidenceRef[]) => { table: string; run_id: string | null; id: string }[];
};

/** Who wrote the results; a fact has no run. */
const WORKER_OF: Readonly<Record<string, RiskInput['worker']>> = {
  job_health: 'health',
  health_incident: 'health',
  capacity_forecast: 'capacity',
  job_efficiency: 'efficiency',
  efficiency_anomaly: 'efficiency',
  workload_recovery: 'rto',
  recovery_location: 'rto',
};
/** Enough to look at; what they add up to is in the number. */
const MOST = 20;

export function evidenceRefs(inputs: Readonly<Record<RiskInput['worker'], Input>>): Refs {
  const runOf = (table: string) => {
    const worker = WORKER_OF[table];
    return worker ? inputs[worker].runId : null;
  };
  return {
    of: (rows) => rows.slice(0, MOST).map(({ table, id }) => ({ table, run_id: runOf(table), id })),
  };
}
