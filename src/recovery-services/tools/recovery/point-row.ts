import * as z from 'zod';
import { type AzureRecoveryPoint, isRestorable } from '../../../azure/recovery-points.ts';
import { cleanOrNull, cleanText } from '../../../mcp/untrusted.ts';
import { isoOrNull } from '../../window.ts';

/** A recovery point as lists show it. `id` is text: it has more digits than a number holds. */
export const pointRow = z.object({
  id: z.string(),
  time: z.string().nullable(),
  consistency: z.string().nullable(),
  tiers: z.array(z.object({ type: z.string().nullable(), status: z.string().nullable() })),
  /** false: its copies are gone, or in the archive and not rehydrated. */
  restorable_now: z.boolean().nullable(),
  expires_at: z.string().optional(),
  encrypted: z.boolean().nullable(),
  os: z.string().optional(),
  archive_ready: z.boolean().optional(),
  soft_deleted: z.boolean().optional(),
});

export function toPointRow(point: AzureRecoveryPoint): z.infer<typeof pointRow> {
  const { recoveryPointProperties: facts, archiveReadiness, osType } = point;
  const { expiryTime, isSoftDeleted } = facts ?? {};
  return {
    id: cleanText(point.name, 100),
    time: isoOrNull(point.recoveryPointTime),
    consistency: cleanOrNull(point.recoveryPointType ?? point.type, 40),
    tiers: (point.recoveryPointTierDetails ?? []).map(({ type, status }) => ({
      type: cleanOrNull(type, 40),
      status: cleanOrNull(status, 40),
    })),
    restorable_now: isRestorable(point),
    ...(expiryTime ? { expires_at: expiryTime.toISOString() } : {}),
    encrypted: point.isSourceVMEncrypted ?? null,
    ...(osType ? { os: cleanText(osType, 40) } : {}),
    ...(archiveReadiness?.isReadyForMove === undefined
      ? {}
      : { archive_ready: archiveReadiness.isReadyForMove }),
    ...(isSoftDeleted === undefined ? {} : { soft_deleted: isSoftDeleted }),
  };
}
