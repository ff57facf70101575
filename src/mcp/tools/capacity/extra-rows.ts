import type {
  AccuracyRow,
  AttributionRow,
  CapacityEventRow,
  LedgerRow,
  LedgerSum,
} from '../../../queries/capacity-extras.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import type { ExtraList } from './extras.ts';
import type { CapacityAnswer } from './shape.ts';
import { changeText, sizeText, wholeBytes } from './sizes.ts';

type Row<List extends ExtraList> = NonNullable<CapacityAnswer[List]>[number];

export function toEventRow(event: CapacityEventRow): Row<'events'> {
  return {
    source_id: event.sourceId,
    repository_id: cleanText(event.repositoryId, 100),
    repository_name: cleanText(event.name),
    event_id: cleanText(event.eventId, 100),
    kind: event.kind,
    day: event.day,
    bytes: wholeBytes(event.bytes),
    display: event.kind === 'OFFLINE' ? 'not reachable' : changeText(event.bytes),
    days: event.days,
  };
}

export function toAttributionRow(row: AttributionRow): Row<'attribution'> {
  return {
    source_id: row.sourceId,
    repository_id: cleanText(row.repositoryId, 100),
    kind: row.kind,
    job_id: cleanOrNull(row.jobId, 100),
    ...(row.backupId === null ? {} : { backup_id: cleanText(row.backupId, 100) }),
    name: cleanOrNull(row.name),
    bytes_after: row.bytesAfter,
    delta_7_days_bytes: row.delta7,
    delta_30_days_bytes: row.delta30,
    delta_7_days_display: changeOrNull(row.delta7),
    delta_30_days_display: changeOrNull(row.delta30),
  };
}

const changeOrNull = (bytes: number | null) => (bytes === null ? null : changeText(bytes));

export function toLedgerRow(row: LedgerRow): Row<'ledger'> {
  return {
    source_id: row.sourceId,
    repository_id: cleanText(row.repositoryId, 100),
    job_id: cleanOrNull(row.jobId, 100),
    job_name: cleanOrNull(row.jobName),
    basis: row.basis,
    release_on: row.releaseOn,
    due_on: row.dueOn,
    held_until: row.heldUntil,
    files: row.files,
    stored_bytes: row.storedBytes,
    display: sizeText(row.storedBytes),
    unsized_files: row.unsizedFiles,
  };
}

export function toLedgerSum(sum: LedgerSum, today: string): NonNullable<CapacityAnswer['ledger_summary']> {
  return {
    counted_from: today,
    stored_bytes: sum.storedBytes,
    overdue_bytes: sum.overdue,
    within_7_days_bytes: sum.within7,
    within_7_days_display: sizeText(sum.within7),
    within_30_days_bytes: sum.within30,
    held_by_immutability_bytes: sum.held,
    without_date_bytes: sum.undated,
    active_chain_bytes: sum.activeChain,
    no_job_bytes: sum.noJob,
    unknown_retention_bytes: sum.unknownRetention,
    unsized_files: sum.unsizedFiles,
  };
}

export function toAccuracyRow(row: AccuracyRow): Row<'accuracy'> {
  return {
    source_id: row.sourceId,
    repository_id: cleanText(row.repositoryId, 100),
    made_on: row.madeOn,
    ahead_days: row.aheadDays,
    target_on: row.targetOn,
    low_bytes: wholeBytes(row.lowBytes),
    mid_bytes: wholeBytes(row.midBytes),
    high_bytes: wholeBytes(row.highBytes),
    actual_bytes: row.actualBytes,
    inside: row.isInside,
    signed_error_bytes: wholeBytes(row.signedError),
    display: row.signedError === null ? null : changeText(row.signedError),
  };
}
