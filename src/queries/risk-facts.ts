import type {
  IncidentEvidence,
  JobEvidence,
  RepositoryEvidence,
  RiskFacts,
  WorkloadEvidence,
} from '../analysis/risk/facts.ts';
import type { RiskReader } from '../db/connect.ts';

/** The part of the facts that concerns the source as a whole. */
type SourceFacts = Pick<RiskFacts, 'now' | 'inputs' | 'signals'>;

/**
 * All that a run of the risk worker worked its scores out from. `assessRisk` of it, with the severities in `risk_summary`,
 * gives the scores of that run again, number for number; `riskWhatIf` changes it.
 * @returns undefined if the run wrote none, or they are older than the tables keep
 */
export async function readRiskFacts(
  risk: RiskReader,
  { sourceId, runId }: { sourceId: string; runId: string },
): Promise<RiskFacts | undefined> {
  const parts = await risk
    .selectFrom('risk_facts')
    .select(['kind', 'facts'])
    .where('source_id', '=', sourceId)
    .where('run_id', '=', runId)
    .orderBy('kind')
    .orderBy('part')
    .execute();
  const source = parts.find(({ kind }) => kind === 'SOURCE');
  if (!source) return undefined;
  // The column holds what the risk worker wrote of these very types.
  const { now, inputs, signals } = source.facts as unknown as SourceFacts;
  const of = <T>(wanted: string) =>
    parts.filter(({ kind }) => kind === wanted).flatMap(({ facts }) => facts as unknown as T[]);
  return {
    sourceId,
    now,
    inputs,
    jobs: of<JobEvidence>('JOB'),
    repositories: of<RepositoryEvidence>('REPOSITORY'),
    workloads: of<WorkloadEvidence>('WORKLOAD'),
    incidents: of<IncidentEvidence>('INCIDENT'),
    signals,
  };
}
