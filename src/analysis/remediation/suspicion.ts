import type { RiskFacts, WorkloadEvidence } from '../risk/facts.ts';
import { joinSignals, type Signal } from '../risk/signals.ts';

/** From this probability on restore points may be evidence, or the last clean ones. */
export const SUSPECTED_FROM = 0.3;

/**
 * Whether open signals are reason to keep all restore points. They count in full however long nobody has looked: what fades
 * is how sure the score is of them, not what a deletion would destroy.
 */
export const areSuspect = (signals: readonly Signal[]): boolean =>
  (joinSignals(signals)?.q ?? 0) >= SUSPECTED_FROM - 1e-9;

const suspectedJobs = new WeakMap<RiskFacts, ReadonlySet<string>>();

/** Whether the job holds a workload under suspicion: if it ran, its retention would delete points of before. */
export function isSuspectedJob(risk: RiskFacts, jobId: string): boolean {
  const known = suspectedJobs.get(risk) ?? new Set(risk.workloads.filter(isSuspected).flatMap(jobsOf));
  suspectedJobs.set(risk, known);
  return known.has(jobId);
}

function isSuspected({ integrity }: WorkloadEvidence): boolean {
  const status = integrity?.newestPointStatus;
  return status === 'INFECTED' || status === 'SUSPICIOUS' || areSuspect(integrity?.signals ?? []);
}

const jobsOf = ({ jobIds }: WorkloadEvidence) => jobIds;
