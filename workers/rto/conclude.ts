import { recoveryEstate } from '../../src/analysis/recovery/estate.ts';
import { nextTests } from '../../src/analysis/recovery/next-tests.ts';
import { recoveryPool } from '../../src/analysis/recovery/pool.ts';
import { assessTrials } from '../../src/analysis/recovery/trial.ts';
import { insertRows } from '../../src/pipeline/bulk.ts';
import type { Context, Trx } from '../shared/facts.ts';
import { mapPoints } from '../shared/workload-of-point.ts';
import { assessWorkloads } from './assess.ts';
import { forgetPointsOfGoneItems, readUnreadItems } from './azure-points.ts';
import { settleAzureTrials } from './azure-trials.ts';
import { openJoined } from './joined.ts';
import { findMatches } from './matches.ts';
import { readPlaces, readSlots } from './read-places.ts';
import { readTrials } from './read-trials.ts';
import { type KnownWorkload, readWorkloads } from './read-workloads.ts';
import { toLocationRows, toMassRow, toRecoveryRow } from './result-rows.ts';
import { settleTrials } from './settle-trials.ts';
import { summarise } from './summary.ts';
import { storeKeys } from './workload-keys.ts';
import { mapReplicas, refreshWorkloads } from './workloads.ts';

/** What the tables say about how the machines of one server come back, written under the id of the run. */
export async function conclude(trx: Trx, context: Context): Promise<void> {
  const { business } = context.source;
  await mapPoints(trx, context);
  await refreshWorkloads(trx, context);
  if (context.source.kind === 'azure') {
    await forgetPointsOfGoneItems(trx, context);
    await settleAzureTrials(trx, context);
  } else {
    await mapReplicas(trx, context);
    await settleTrials(trx, context);
  }
  await storeKeys(trx, context);

  const key = { source_id: context.sourceId, run_id: context.runId };
  const now = context.sourceNow.getTime();
  const { restore } = business;
  const { trials, messages } = await readTrials(trx, context);
  const pool = recoveryPool(assessTrials(trials, now), now, {
    overheadMinutes: restore.overheadMinutes,
    gibPerMinute: restore.gbPerMinute,
  });
  const matches = await findMatches(trx, context);
  const joined = await openJoined(trx, context, matches);
  const places = new Map([...(await readPlaces(trx, context)), ...joined.places]);
  const workloads = await readWorkloads(trx, context);
  const arePointsComplete = await completenessOf(trx, context);
  const assessed = await assessWorkloads(trx, context, {
    workloads,
    places,
    pool,
    messages: new Map([...messages, ...joined.messages]),
    arePointsComplete,
    business,
    joined,
  });

  const records = assessed.map(({ record }) => record);
  const slots = await readSlots(trx, context, restore.slots);
  const estate = recoveryEstate({
    records,
    pool,
    slots: slots.count,
    bandwidthGibPerMinute: restore.bandwidthGbPerMinute,
  });
  const tests = nextTests(records);
  const ranks = new Map(tests.map((test) => [test.workloadId, test]));

  for (const one of chunks(assessed)) {
    const rows = one.map((each) => ({ ...key, ...toRecoveryRow(each, ranks.get(each.workload.workloadId)) }));
    await insertRows(trx, 'workload_recovery', rows);
    const locations = one.flatMap((each) => toLocationRows(each, places, now));
    await insertRows(
      trx,
      'recovery_location',
      locations.map((row) => ({ ...key, ...row })),
    );
  }
  await insertRows(
    trx,
    'mass_restore',
    (estate.massRestores ?? []).map((scenario) => ({ ...key, ...toMassRow(scenario, estate) })),
  );
  const summary = await summarise(trx, context, {
    estate,
    pool,
    tests,
    trials: trials.length,
    slots,
    business,
  });
  await insertRows(
    trx,
    'workload_match',
    matches.rows.map((row) => ({ ...key, ...row })),
  );
  const not_known = [...(summary.not_known as string[]), ...matches.problems];
  await insertRows(trx, 'recovery_summary', [{ ...key, ...summary, matches: matches.counts, not_known }]);
}

/** Of a vault the points are read item by item, of a backup server all in one list. */
async function completenessOf(trx: Trx, context: Context): Promise<(workload: KnownWorkload) => boolean> {
  if (context.source.kind !== 'azure') {
    const isWhole = wasReadWhole(context, 'restorePoints');
    return () => isWhole;
  }
  const unread = await readUnreadItems(trx, context);
  return ({ holdings }) => holdings.every(({ backupId }) => !unread.has(backupId));
}

const wasReadWhole = ({ recorder }: Context, name: string) =>
  recorder.endpoints.some(({ endpoint, outcome }) => endpoint === name && outcome === 'complete');

function* chunks<T>(all: readonly T[], size = 1_000): Generator<T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}
