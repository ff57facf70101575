import { searchAnomalies } from '../../src/analysis/efficiency/anomalies.ts';
import type { MetricsDB } from '../../src/db/connect.ts';
import { type BulkRow, insertRows } from '../../src/pipeline/bulk.ts';
import type { Context, Trx } from '../shared/facts.ts';
import { toAnomalyRows } from './anomaly-rows.ts';
import { type Assessed, assess } from './assess.ts';
import { readEndpoints } from './completeness.ts';
import { readFilesByOwner } from './files.ts';
import { type Held, readPolicies, toHeld } from './holdings.ts';
import { rateAll, toJobRows } from './job-rows.ts';
import { findMismatch, type Mismatch } from './mismatches.ts';
import { moneyOf } from './money.ts';
import { type Owner, readOwners } from './owners.ts';
import { readPastPlaces } from './past-places.ts';
import { type Place, readPlaces } from './places.ts';
import { toReclaimableRows } from './reclaimable-rows.ts';
import { toRepositoryRows } from './repository-rows.ts';
import { summarise } from './summary.ts';
import { readWorkloads, type Workloads } from './workloads.ts';

/** What the conclusions rest on. */
const ENDPOINTS = [
  'jobs/states',
  'jobs (retention)',
  'repositories/states',
  'backups',
  'backups/backupFiles',
  'backups/objects',
  'restorePoints',
  'malwareDetection/events',
];

/** What the tables say about how well a server stores its backups, written under the id of the run. */
export async function conclude(trx: Trx, context: Context): Promise<void> {
  const money = moneyOf(context.source);
  const places = await readPlaces(trx, context);
  const owners = await readOwners(trx, context);
  const workloads = await readWorkloads(trx, context);
  const endpoints = await readEndpoints(trx, context, ENDPOINTS);
  const jobsAreRead = endpoints.some(
    ({ endpoint, complete_at }) => endpoint === 'jobs/states' && complete_at !== null,
  );
  const found = await readAll(trx, context, { owners, places, workloads, jobsAreRead });

  const rated = rateAll(found.assessed, money.pricePerTbYear);
  const reclaimable = toReclaimableRows(found.held, rated, money.pricePerTbYear, workloads.nameOf);
  const anomalies = await toAnomalyRows(trx, context, found.unusual, owners);
  const openAnomalies = anomalies.filter((row) => row.resolved_at === null).length;

  await write(trx, context, 'job_efficiency', rated.flatMap(toJobRows));
  await write(trx, context, 'efficiency_anomaly', anomalies);
  await write(trx, context, 'reclaimable_space', reclaimable.rows);
  await write(trx, context, 'repository_efficiency', await toRepositoryRows(trx, context, places));
  const concluded = { rated, reclaimable, openAnomalies, endpoints, money };
  await write(trx, context, 'efficiency_summary', [await summarise(trx, context, concluded)]);
}

type Known = {
  owners: readonly Owner[];
  places: ReadonlyMap<string, Place>;
  workloads: Workloads;
  jobsAreRead: boolean;
};

/** Goes through all files once, owner by owner, and keeps of each what is small. */
async function readAll(trx: Trx, context: Context, { owners, places, workloads, jobsAreRead }: Known) {
  const past = await readPastPlaces(trx, context, places);
  const policies = await readPolicies(trx, context);
  const assessed: Assessed[] = [];
  const held: Held[] = [];
  const mismatches: Mismatch[] = [];
  const search = searchAnomalies(context.source.zone);
  for await (const files of readFilesByOwner(trx, context, owners, past)) {
    const one = assess(files, places, context);
    assessed.push(one);
    held.push(...toHeld(files, workloads, policies, jobsAreRead));
    const mismatch = findMismatch(files);
    if (mismatch && one.notMeasurable === null) mismatches.push(mismatch);
    search.add(files.history);
    context.progress(`backup files: ${assessed.length} of ${owners.length} jobs looked at`);
  }
  const { anomalies, fleetEvents } = search.finish();
  return { assessed, held, unusual: { anomalies, nights: fleetEvents, mismatches } };
}

type Result =
  | 'job_efficiency'
  | 'efficiency_anomaly'
  | 'reclaimable_space'
  | 'repository_efficiency'
  | 'efficiency_summary';

function write<T extends Result & keyof MetricsDB>(
  trx: Trx,
  { sourceId, runId }: Context,
  table: T,
  rows: readonly object[],
): Promise<number> {
  const key = { source_id: sourceId, run_id: runId };
  return insertRows(trx, table, rows.map((row) => ({ ...key, ...row })) as unknown as BulkRow<T>[]);
}
