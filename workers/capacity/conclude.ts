import { forecastCapacity } from '../../src/analysis/capacity/forecast.ts';
import { toZonedTime } from '../../src/analysis/zoned-time.ts';
import { insertRows } from '../../src/pipeline/bulk.ts';
import type { Context, Trx } from '../shared/facts.ts';
import { readTrackRecords, scoreForecasts, type TrackRecords } from './accuracy.ts';
import { writeAttribution } from './attribution.ts';
import { readBackupBytes } from './backup-bytes.ts';
import { type Entity, toEntities } from './entities.ts';
import { type Concluded, morePressing, toEventRow, toForecastRow } from './forecast-rows.ts';
import { readRepositories, readScaleOuts } from './inventory.ts';
import { writeLedger } from './ledger.ts';
import { readDays } from './series.ts';
import { isLedgerDue, summarise } from './summary.ts';

/** What the tables say about the space of one source, written under the id of the run. */
export async function conclude(trx: Trx, context: Context): Promise<void> {
  const { sourceNow, source } = context;
  const key = { source_id: context.sourceId, run_id: context.runId };
  const today = toZonedTime(sourceNow.getTime(), source.zone).dayNumber;
  const repositories = await readRepositories(trx, context);
  const entities = toEntities(
    repositories,
    await readScaleOuts(trx, context),
    await readDays(trx, context, today),
  );
  await scoreForecasts(trx, context, entities, today);
  const records = await readTrackRecords(trx, context, today);
  const concluded = forecastAll(entities, records, await readBackupBytes(trx, context), today);

  const about = { concludedAt: sourceNow, today, price: source.business.money };
  await insertRows(
    trx,
    'capacity_forecast',
    concluded.map((one) => ({ ...key, ...toForecastRow(one, about) })),
  );
  await insertRows(
    trx,
    'capacity_event',
    concluded.flatMap(({ entity, forecast }) =>
      forecast.events.map((event) => ({ ...key, ...toEventRow(entity.id, event) })),
    ),
  );
  const hasLedger = await isLedgerDue(trx, context);
  if (hasLedger) {
    await writeLedger(trx, context, repositories);
    await writeAttribution(trx, context, entities);
  }
  await insertRows(trx, 'capacity_summary', [
    { ...key, ...(await summarise(trx, context, concluded, { record: records.estate, hasLedger })) },
  ]);
}

function forecastAll(
  entities: readonly Entity[],
  records: TrackRecords,
  backupBytes: ReadonlyMap<string, number>,
  today: number,
): Concluded[] {
  const concluded = entities.map((entity): Concluded => {
    const forecast = forecastCapacity({ samples: entity.samples, today });
    return {
      entity,
      forecast,
      record: records.of(entity.id),
      backupBytes: sumOf(entity.holds, backupBytes),
      priority: forecast.priority,
    };
  });
  const priorities = new Map(concluded.map(({ entity, priority }) => [entity.id, priority]));
  return concluded.map((one) => {
    const worst = one.entity.worst && priorities.get(one.entity.worst.repositoryId);
    // With data locality a full extent stops its jobs while the others have room.
    return worst ? { ...one, priority: morePressing(one.priority, worst) } : one;
  });
}

/** null: the files of none of them have been read. */
function sumOf(ids: readonly string[], bytes: ReadonlyMap<string, number>): number | null {
  const known = ids.flatMap((id) => bytes.get(id) ?? []);
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
}
