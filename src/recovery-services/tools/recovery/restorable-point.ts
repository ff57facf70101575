import type { AzureProtectedItem } from '../../../azure/protected-items.ts';
import {
  type AzureRecoveryPoint,
  getRecoveryPoint,
  isRestorable,
  listRecoveryPoints,
} from '../../../azure/recovery-points.ts';
import { cleanText } from '../../../mcp/untrusted.ts';
import type { ReadContext } from '../../context.ts';
import { ToolError } from '../../errors.ts';
import { shownName } from '../../items.ts';
import { readList } from '../../read-lists.ts';
import type { FoundItem } from '../../vm-reference.ts';
import { noSuchPoint } from './get-recovery-point.ts';

const DAY_MS = 86_400_000;
/** Where the item does not say when its newest point was made. */
const LOOK_BACK_DAYS = 400;

/** The point that is named, or the newest one that can be restored at once. @throws ToolError `not_found` */
export async function findPoint(
  id: string,
  { item, ref }: FoundItem,
  context: ReadContext,
): Promise<AzureRecoveryPoint> {
  if (id !== 'latest') {
    const point = await getRecoveryPoint(context.azure, ref, id);
    if (point) return point;
    throw noSuchPoint(id, item.friendlyName ?? item.name);
  }
  const found = await readList('recovery points', context, (reading) =>
    listRecoveryPoints(context.azure, ref, { from: sinceOf(item, context.now) }, { reading }),
  );
  const [newest] = found
    .filter((point) => isRestorable(point) !== false && point.recoveryPointProperties?.isSoftDeleted !== true)
    .sort((a, b) => (b.recoveryPointTime?.getTime() ?? 0) - (a.recoveryPointTime?.getTime() ?? 0));
  if (newest) return newest;
  throw new ToolError('not_found', `${shownName(item)} has no recovery point that can be restored at once`, {
    code: 'no-point',
    hint: 'list_recovery_points shows older ones and those in the archive; trigger_backup makes one.',
  });
}

/** A month before the newest one: the newest may be in no usable tier. */
function sinceOf({ lastRecoveryPoint }: AzureProtectedItem, now: Date): Date {
  const days = lastRecoveryPoint ? 31 : LOOK_BACK_DAYS;
  return new Date((lastRecoveryPoint ?? now).getTime() - days * DAY_MS);
}

/** Whether a point lies in the archive and nowhere else. @throws ToolError `conflict` if it lies nowhere any more */
export function isArchived(point: AzureRecoveryPoint): boolean {
  if (isRestorable(point) !== false) return false;
  const { recoveryPointTierDetails: tiers = [], name } = point;
  if (tiers.some(({ type, status }) => type === 'ArchivedRP' && status === 'Valid')) return true;
  throw new ToolError('conflict', `no copy of recovery point ${cleanText(name, 80)} is left`, {
    code: 'point-gone',
    hint: 'Its entry stays listed for a while. list_recovery_points shows which points are restorable_now.',
  });
}
