import { expectedHours, FEWEST_GAPS, usualHours } from '../../../analysis/health/rhythm.ts';
import { asRunReader, type MetricsReader, type RiskReader } from '../../../db/connect.ts';
import { countEndpoints, listWorkerRuns, type WorkerRuns } from '../../../queries/data-freshness.ts';
import { countsAt, type SourceName } from '../../../queries/freshness.ts';
import { isoSeconds, round } from '../../markdown.ts';
import { stateOf, toFreshness } from '../../sources.ts';
import { sum } from '../../tally.ts';
import type { DataRow } from './shape.ts';

const HOUR_MS = 3_600_000;
/** Their runs are on record in the risk database. */
const ADVISORS: readonly string[] = ['risk', 'remediation'];
/** Whether a worker has something to do on every source; mounts are read where somebody switched that on. */
const isExpected = (worker: string): boolean => worker !== 'mounts';

/** The last runs behind what each worker knows of each source. */
export type DataSet = { row: DataRow; runs: WorkerRuns };

/** A row per worker and source as known at `asOf`; none for a worker that never ran where it has nothing to do. */
export async function readDataSets(
  metrics: MetricsReader,
  risk: RiskReader,
  { sources, workers, asOf }: { sources: SourceName[]; workers: readonly string[]; asOf: Date },
): Promise<DataSet[]> {
  const known = sources.filter((source) => countsAt(source, asOf));
  const kinds = new Map(known.map(({ sourceId, kind }) => [sourceId, kind]));
  const sets: DataSet[] = [];
  for (const [records, isOurs] of [
    [asRunReader(metrics), (worker: string) => !ADVISORS.includes(worker)],
    [asRunReader(risk), (worker: string) => ADVISORS.includes(worker)],
  ] as const) {
    const found = await listWorkerRuns(records, { workers: workers.filter(isOurs), sources: known, asOf });
    const counts = await countEndpoints(
      records,
      found.flatMap(({ sourceId, concluded: [last] }) => (last ? [{ sourceId, runId: last.runId }] : [])),
    );
    const countsOf = Map.groupBy(counts, ({ runId }) => runId);
    for (const runs of found) {
      const kind = kinds.get(runs.sourceId) ?? '';
      const neverRan = runs.concluded.length === 0 && !runs.latest && !runs.runningSince;
      if (neverRan && !isExpected(runs.worker)) continue;
      const own = countsOf.get(runs.concluded[0]?.runId ?? '') ?? [];
      sets.push({ row: toDataRow(runs, kind, own, asOf), runs });
    }
  }
  return sets;
}

export const recordsOf = (worker: string, metrics: MetricsReader, risk: RiskReader) =>
  ADVISORS.includes(worker) ? asRunReader(risk) : asRunReader(metrics);

function toDataRow(
  runs: WorkerRuns,
  kind: string,
  counts: { outcome: string; endpoints: number }[],
  asOf: Date,
): DataRow {
  const base = toFreshness(runs, asOf);
  const ofOutcome = (wanted: (outcome: string) => boolean) =>
    sum(counts.map(({ outcome, endpoints }) => (wanted(outcome) ? endpoints : 0)));
  const endpoints = ofOutcome(() => true);
  const complete = ofOutcome((outcome) => outcome === 'complete');
  const state = stateOf(base);
  return {
    ...base,
    kind,
    // A list that was cut short leaves the run a success.
    state: state === 'fresh' && complete < endpoints ? 'partial' : state,
    endpoints,
    endpoints_complete: complete,
    ...nextRun(runs, asOf),
  };
}

/** The schedule belongs to another process, so the next run is told from the rhythm of those that were. */
function nextRun(
  { worker, concluded, latest, runningSince }: WorkerRuns,
  asOf: Date,
): Pick<DataRow, 'every_hours' | 'next_run_at' | 'next_run_basis' | 'overdue_hours'> {
  const ends = concluded.map(({ finishedAt }) => finishedAt.getTime());
  const every = expectedHours(ends, usualHours(worker));
  const began = runningSince ?? latest?.startedAt ?? concluded[0]?.startedAt;
  const next = began && new Date(began.getTime() + every * HOUR_MS);
  const late = next ? (asOf.getTime() - next.getTime()) / HOUR_MS : 0;
  return {
    every_hours: round(every, 2),
    next_run_at: isoSeconds(next ?? null),
    next_run_basis: next ? (ends.length > FEWEST_GAPS ? 'observed' : 'default') : null,
    overdue_hours: late > 0 ? round(late, 2) : null,
  };
}
