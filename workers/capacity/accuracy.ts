import { sql } from 'kysely';
import {
  type StoredBand,
  scoreBands,
  type TrackRecord,
  trackRecord,
} from '../../src/analysis/capacity/track-record.ts';
import { dayNumberToText } from '../../src/analysis/zoned-time.ts';
import { type BulkRow, insertRows } from '../../src/pipeline/bulk.ts';
import type { Context, Trx } from '../shared/facts.ts';
import type { Entity } from './entities.ts';
import { toDayNumber } from './series.ts';

const DAY_MS = 86_400_000;
const AHEAD = [7, 30, 90, 180];
/** A schedule does not keep the minute, and clocks change by an hour. */
const EARLY_MS = 90 * 60_000;
const RECORD_DAYS = 400;

type Candidate = {
  repository_id: string;
  run_id: string;
  made_on: string;
  concluded_at: Date;
  point: { low: number; mid: number; high: number };
};

/**
 * Scores each forecast whose day has come: the last one that was made on a local day against the last valid reading of the
 * target day. A day that ends without a reading is on record too.
 */
export async function scoreForecasts(
  trx: Trx,
  context: Context,
  entities: readonly Entity[],
  today: number,
): Promise<void> {
  const usedOf = new Map(entities.map((entity) => [entity.id, usedByDay(entity)]));
  for (const ahead of AHEAD) {
    const candidates = await listCandidates(trx, context.sourceId, ahead, today);
    const rows = candidates.flatMap((one) =>
      score(one, ahead, context, usedOf.get(one.repository_id), today),
    );
    await insertRows(trx, 'capacity_accuracy', rows);
  }
}

function usedByDay({ days }: Entity): Map<number, number> {
  return new Map(
    days.flatMap(({ day, usedBytes }) => (usedBytes === null ? [] : [[day, usedBytes] as const])),
  );
}

/** From the newest target day on: every earlier one has been scored. The last forecast of each day is the one that counts. */
async function listCandidates(
  trx: Trx,
  sourceId: string,
  ahead: number,
  today: number,
): Promise<Candidate[]> {
  const { rows } = await sql<Candidate>`
    select f.repository_id, f.run_id, f.made_on, f.concluded_at, f.point
      from (select distinct on (repository_id, made_on) repository_id, run_id, made_on, concluded_at,
                   jsonb_path_query_first(band, '$[*] ? (@.ahead == $ahead)', jsonb_build_object('ahead', ${ahead}::int)) as point
              from capacity_forecast
             where source_id = ${sourceId} and made_on <= ${dayNumberToText(today - ahead)}::date
               and made_on >= coalesce((select max(target_on) - 1 from capacity_accuracy
                                         where source_id = ${sourceId} and ahead_days = ${ahead}), 'epoch'::date + ${ahead}::int) - ${ahead}::int
             order by repository_id, made_on, concluded_at desc, run_id) f
     where f.point is not null
       and not exists (select from capacity_accuracy a
                        where a.source_id = ${sourceId} and a.repository_id = f.repository_id
                          and a.made_on = f.made_on and a.ahead_days = ${ahead})
     order by f.repository_id, f.made_on`.execute(trx);
  return rows;
}

function score(
  { repository_id, run_id, made_on, concluded_at, point }: Candidate,
  ahead: number,
  { sourceId, runId, sourceNow }: Context,
  used: ReadonlyMap<number, number> | undefined,
  today: number,
): BulkRow<'capacity_accuracy'>[] {
  const madeOn = toDayNumber(made_on);
  const target = madeOn + ahead;
  const isOver = target < today;
  if (!isOver && sourceNow.getTime() < concluded_at.getTime() + ahead * DAY_MS - EARLY_MS) return [];
  const [scored] = scoreBands([{ madeOn, ahead, ...point }], used ?? new Map());
  if (!scored && !isOver) return [];
  return [
    {
      source_id: sourceId,
      repository_id,
      made_on,
      ahead_days: ahead,
      target_on: dayNumberToText(target),
      forecast_run_id: run_id,
      run_id: runId,
      scored_at: sourceNow,
      low_bytes: point.low,
      mid_bytes: point.mid,
      high_bytes: point.high,
      actual_bytes: scored?.actualBytes ?? null,
      is_inside: scored?.isInside ?? null,
      signed_error: scored?.signedError ?? null,
      scaled_error: scored && Number.isFinite(scored.scaledError) ? scored.scaledError : null,
    },
  ];
}

export type TrackRecords = { of: (repositoryId: string) => TrackRecord; estate: TrackRecord };

/** How the forecasts of each repository did, and those of all together. */
export async function readTrackRecords(
  trx: Trx,
  { sourceId }: Context,
  today: number,
): Promise<TrackRecords> {
  const rows = await trx
    .selectFrom('capacity_accuracy')
    .select([
      'repository_id',
      'made_on',
      'ahead_days',
      'low_bytes',
      'mid_bytes',
      'high_bytes',
      'actual_bytes',
    ])
    .where('source_id', '=', sourceId)
    .where('target_on', '>', dayNumberToText(today - RECORD_DAYS) as never)
    .orderBy('repository_id')
    .execute();
  const byRepository = Map.groupBy(rows, ({ repository_id }) => repository_id);
  const toRecord = (own: typeof rows, shift: (repositoryId: string) => number) => {
    const bands = own.map(
      (row): StoredBand => ({
        madeOn: toDayNumber(row.made_on) + shift(row.repository_id),
        ahead: row.ahead_days,
        low: row.low_bytes,
        mid: row.mid_bytes,
        high: row.high_bytes,
      }),
    );
    const used = new Map(
      own.flatMap((row, index) => {
        const band = bands[index] as StoredBand;
        return row.actual_bytes === null ? [] : [[band.madeOn + band.ahead, row.actual_bytes] as const];
      }),
    );
    return trackRecord(bands, used, Number.POSITIVE_INFINITY);
  };
  // Days of different repositories must not meet in one map.
  const places = new Map([...byRepository.keys()].map((id, index) => [id, index * 1_000_000]));
  return {
    of: (repositoryId) => toRecord(byRepository.get(repositoryId) ?? [], () => 0),
    estate: toRecord(rows, (id) => places.get(id) ?? 0),
  };
}
