import { sql } from 'kysely';
import type { TrackRecord } from '../../src/analysis/capacity/track-record.ts';
import type { BulkRow } from '../../src/pipeline/bulk.ts';
import type { Context, Trx } from '../shared/facts.ts';
import type { Concluded } from './forecast-rows.ts';

type Row = Omit<BulkRow<'capacity_summary'>, 'source_id' | 'run_id'>;

/** The space of the source as one, each volume counted once, and how completely it is known. */
export async function summarise(
  trx: Trx,
  context: Context,
  concluded: readonly Concluded[],
  { record, hasLedger }: { record: TrackRecord; hasLedger: boolean },
): Promise<Row> {
  const counted = concluded.filter(({ entity }) => entity.isCounted);
  const limited = counted.filter(({ forecast }) => forecast.useShare !== null);
  const unbounded = counted.filter(({ forecast }) => forecast.quality === 'UNBOUNDED');
  const sum = (list: readonly Concluded[], of: (one: Concluded) => number | null) =>
    list.reduce((total, one) => total + (of(one) ?? 0), 0);
  const files = await readFilesState(trx, context);
  return {
    concluded_at: context.sourceNow,
    time_zone: context.source.zone,
    repositories: concluded.filter(({ entity }) => entity.kind !== 'SCALE_OUT').length,
    capacity_bytes: sum(limited, ({ forecast }) => forecast.capacityBytes),
    use_bytes: sum(limited, ({ forecast }) => forecast.usedBytes),
    unbounded_bytes: sum(unbounded, ({ forecast }) => forecast.usedBytes),
    not_counted: counted.length - limited.length - unbounded.length,
    by_priority: Object.fromEntries(
      [...Map.groupBy(concluded, ({ priority }) => priority)].map(([priority, own]) => [
        priority,
        own.length,
      ]),
    ),
    files_read_at: files.readAt,
    ledger_run_id: hasLedger ? context.runId : files.ledgerRunId,
    track_record: record,
    completeness: context.recorder.endpoints.map(({ endpoint, outcome, rowsFetched, rowsTotal, reason }) => ({
      endpoint,
      outcome,
      rows_fetched: rowsFetched,
      rows_total: rowsTotal,
      reason: reason ?? null,
    })),
    not_known: notKnown(context, concluded),
  };
}

async function readFilesState(
  trx: Trx,
  { sourceId }: Context,
): Promise<{ readAt: Date | null; ledgerRunId: string | null }> {
  const { rows } = await sql<{ read_at: Date | null; ledger_run_id: string | null }>`
    select (select case when bool_and(w.read_until is not null) then min(w.read_until) end
              from backup b
              left join watermark w on w.source_id = b.source_id and w.worker = 'capacity' and w.stream = 'backupFiles ' || b.backup_id
             where b.source_id = ${sourceId} and b.vanished_at is null) as read_at,
           (select ledger_run_id from capacity_summary
             where source_id = ${sourceId} order by concluded_at desc limit 1) as ledger_run_id`.execute(trx);
  return { readAt: rows[0]?.read_at ?? null, ledgerRunId: rows[0]?.ledger_run_id ?? null };
}

/**
 * Whether the ledger has to be made anew: files have been read since the last one, daily as they are read, or what it was made
 * without for want of an answer has been read now.
 */
export async function isLedgerDue(trx: Trx, { sourceId, recorder }: Context): Promise<boolean> {
  const read = recorder.endpoints
    .filter(({ outcome }) => outcome === 'complete')
    .map(({ endpoint }) => endpoint);
  const { rows } = await sql<{ is_due: boolean }>`
    with ledger as (
      select run_id, concluded_at from capacity_summary
       where source_id = ${sourceId} and ledger_run_id = run_id order by concluded_at desc limit 1)
    select exists (select from backup_sample where source_id = ${sourceId}
                    and sampled_at > coalesce((select concluded_at from ledger), '-infinity'))
        or exists (select from run_endpoint e join ledger l on l.run_id = e.run_id
                    where e.source_id = ${sourceId} and e.outcome <> 'complete' and e.endpoint = any(${read}::text[])) as is_due`.execute(
    trx,
  );
  return rows[0]?.is_due ?? false;
}

const MISSING: Record<string, string> = {
  forbidden: 'the account may not read it',
  failed: 'could not be read in this run',
  incomplete: 'read only in part',
};

/** Of a vault only sums are told. */
const NOT_SAID = 'bytes of each item: Azure Backup tells those of the whole vault only';

function notKnown({ recorder, source }: Context, concluded: readonly Concluded[]): string[] {
  const without = concluded.filter(({ forecast }) => forecast.quality === 'NO_DATA').length;
  const offline = concluded.filter(({ forecast }) => forecast.quality === 'OFFLINE').length;
  const young = concluded.filter(
    ({ forecast: { quality, growthPerDay } }) =>
      quality === 'CURRENT_ONLY' || (quality === 'UNBOUNDED' && growthPerDay === null),
  ).length;
  return [
    ...recorder.endpoints.flatMap(({ endpoint, outcome }) =>
      MISSING[outcome] ? [`${endpoint}: ${MISSING[outcome]}`] : [],
    ),
    ...(offline > 0
      ? [`space of ${offline} offline repositories now; their last reading is shown, if there is one`]
      : []),
    ...(without > 0 ? [`space of ${without} repositories: no valid reading yet`] : []),
    ...(source.kind === 'azure' ? [NOT_SAID] : []),
    ...(young > 0 ? [`growth of ${young} repositories: they need 7 days of readings`] : []),
  ];
}
