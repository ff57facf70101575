import { expectedHours, usualHours } from '../../src/analysis/health/rhythm.ts';
import type { RiskInput } from '../../src/analysis/risk/staleness.ts';
import type { MetricsReader } from '../../src/db/connect.ts';
import { type CollectorRuns, listCollectorRuns } from '../../src/queries/risk-inputs.ts';

const WORKERS = ['health', 'capacity', 'efficiency', 'rto'] as const satisfies RiskInput['worker'][];

/** One worker's newest conclusions on the source, and how far they can be trusted. */
export type Input = RiskInput & {
  expectedHours: number;
  runId: string | null;
  /** When it looked, by our clock; null: never. */
  lookedAt: number | null;
  /** Clock of the source minus ours at that run, in milliseconds. */
  skewMs: number;
  rows: number;
  /** How the newest run failed, if it did. */
  lastFailure: string | null;
  /** Whether an endpoint was read to its end by that run. */
  isRead: (endpoint: string) => boolean;
};

/** Endpoints that no hazard rests on: that they are forbidden says nothing about a risk. */
const BESIDE_THE_POINT = new Set([
  'serverInfo',
  'serverCertificate',
  'license',
  'configBackup',
  'managedServers',
  'proxies/states',
  'securityAnalyzer/lastRun',
  'securityAnalyzer/bestPractices',
  'mounts',
  'proxies',
  'replicas',
  'replicaPoints',
  // Of a vault: what is said about its settings is in its own tables, and null where it could not be read.
  'vaults',
  'backupconfig',
  'backupstorageconfig',
  'backupResourceGuardProxies',
  'backupProtectionContainers',
  'backupPolicies',
  'backupJobs details',
  'virtualMachines',
  'usages',
  'throttle',
]);

/** Without a count of what there is. */
const SHARE_OF_INCOMPLETE = 0.9;
const MINUTE_MS = 60_000;

/** State of the four collectors on one source, as known at `now`. */
export async function readInputs(
  metrics: MetricsReader,
  sourceId: string,
  now: Date,
): Promise<Record<RiskInput['worker'], Input>> {
  const found = await listCollectorRuns(metrics, { sourceId, workers: WORKERS, asOf: now });
  const of = (worker: RiskInput['worker']) =>
    toInput(worker, sourceId, found.find((runs) => runs.worker === worker) as CollectorRuns);
  return { health: of('health'), capacity: of('capacity'), efficiency: of('efficiency'), rto: of('rto') };
}

function toInput(worker: RiskInput['worker'], sourceId: string, runs: CollectorRuns): Input {
  const { concluded, endpoints, latest } = runs;
  const newest = concluded[0];
  const counted = endpoints.filter(({ endpoint }) => !BESIDE_THE_POINT.has(endpoint));
  const skewMs = newest ? skewOf(newest.startedAt, runs.sourceTime) : 0;
  return {
    worker,
    sourceId,
    expectedHours: expectedHours(
      concluded.map(({ finishedAt }) => finishedAt.getTime()),
      usualHours(worker),
    ),
    lastSuccessAt: newest?.finishedAt.getTime() ?? null,
    completeness: newest ? completenessOf(counted) : null,
    missing: counted.filter(isMissing).map(({ endpoint }) => endpoint),
    runId: newest?.runId ?? null,
    lookedAt: newest ? newest.startedAt.getTime() : null,
    skewMs,
    rows: endpoints.reduce((sum, { rowsFetched }) => sum + rowsFetched, 0),
    lastFailure: latest && latest.status === 'failed' ? (latest.errorCode ?? 'unknown') : null,
    isRead: (endpoint) => endpoints.some((one) => one.endpoint === endpoint && one.outcome === 'complete'),
  };
}

/** As the clock of the source was when the run began; whole minutes, since the rest is the time that the question took. */
function skewOf(startedAt: Date, sourceTime: Date | null): number {
  if (sourceTime === null) return 0;
  return Math.round((sourceTime.getTime() - startedAt.getTime()) / MINUTE_MS) * MINUTE_MS;
}

/** Of the endpoint that was read least completely; null where one could not be read at all, as its rows are not known. */
function completenessOf(counted: CollectorRuns['endpoints']): number | null {
  const least = Math.min(1, ...counted.map(shareRead));
  return least === 1 && counted.some(isMissing) ? null : least;
}

const isMissing = ({ outcome }: { outcome: string }) => outcome === 'forbidden' || outcome === 'failed';

function shareRead({ outcome, rowsFetched, rowsTotal, rowsRejected }: CollectorRuns['endpoints'][number]) {
  if (outcome !== 'incomplete') return 1;
  if (rowsTotal === null || rowsTotal <= 0) return SHARE_OF_INCOMPLETE;
  const share = (rowsFetched - rowsRejected) / rowsTotal;
  return clamp(share, 0, 0.999);
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
