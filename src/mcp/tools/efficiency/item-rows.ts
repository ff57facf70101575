import type { ReclaimableRow, RepositoryEfficiencyRow } from '../../../queries/efficiency-lists.ts';
import { isoSeconds, round } from '../../markdown.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import { sizeText } from '../capacity/sizes.ts';
import { costText } from './money.ts';
import type { Row } from './shape.ts';

/** Something that could be freed, with who has to be asked and why it may be wanted. */
export function toReclaimableRow(
  item: ReclaimableRow,
  isDetailed: boolean,
  currency: string | undefined,
): Row<'reclaimable'> {
  const cost = round(item.annualCost, 2);
  const row = {
    source_id: item.sourceId,
    item_id: cleanText(item.itemId, 200),
    category: item.category,
    owner_id: cleanText(item.ownerId, 100),
    owner_name: cleanText(item.ownerName),
    about: aboutOf(item),
    workload_name: cleanOrNull(item.workloadName),
    repository_id: cleanOrNull(item.repositoryId, 100),
    repository_name: cleanOrNull(item.repositoryName),
    files: item.files,
    bytes: item.bytes,
    counted_bytes: item.countedBytes,
    annual_cost: cost,
    display: `${bytesText(item)}${costText(cost, currency)}`,
    newest_at: isoSeconds(item.newestAt),
    reason: cleanText(item.reason, 200),
  };
  if (!isDetailed) return row;
  return {
    ...row,
    oldest_at: isoSeconds(item.oldestAt),
    backup_id: cleanOrNull(item.backupId, 100),
    workload_id: cleanOrNull(item.workloadId, 120),
  };
}

function bytesText({ bytes, countedBytes }: ReclaimableRow): string {
  if (bytes === null) return 'bytes not known';
  const claimed =
    bytes === countedBytes ? '' : ` of ${sizeText(bytes)}, the rest counts in an earlier category`;
  return `${sizeText(countedBytes)}${claimed}`;
}

/** What the bytes are, in our words; of what peers would not need the id says which kind of file. */
function aboutOf({ category, itemId, workloadId }: ReclaimableRow): string {
  if (category === 'OVER_RETAINED') return 'points beyond retention';
  if (category === 'BELOW_PEERS')
    return itemId.endsWith(' FULL') ? 'share of its fulls' : 'share of its increments';
  if (category === 'DOUBLY_PROTECTED' || workloadId !== null) return 'one machine';
  return 'the whole backup';
}

/** What a repository holds in files of backups. */
export function toRepositoryRow(row: RepositoryEfficiencyRow): Row<'repositories'> {
  const saving =
    row.cloneSavingBytes === null ? '' : `; block cloning saves ${sizeText(row.cloneSavingBytes)}`;
  return {
    source_id: row.sourceId,
    repository_id: cleanText(row.repositoryId, 100),
    repository_name: cleanText(row.name),
    repository_type: cleanText(row.type, 60),
    files: row.files,
    unsized_files: row.unsizedFiles,
    data_bytes: row.dataBytes,
    stored_bytes: row.storedBytes,
    reported_bytes: row.reportedBytes,
    used_bytes: row.usedBytes,
    factor: round(row.factor, 3),
    clone_saving_bytes: row.cloneSavingBytes,
    display:
      row.storedBytes === null
        ? `${row.reportedBytes === null ? 'stored bytes not known' : `${sizeText(row.reportedBytes)} stored`}, as the vault says; it tells no files`
        : `${sizeText(row.storedBytes)} in files, ${row.usedBytes === null ? 'use of the volume not known' : `${sizeText(row.usedBytes)} used`}${saving}`,
    not_measurable_reason: cleanOrNull(row.reason, 200),
  };
}
