import * as z from 'zod';
import { type AzureRecoveryPoint, getRecoveryPoint } from '../../../azure/recovery-points.ts';
import { cleanOrNull, cleanText } from '../../../mcp/untrusted.ts';
import { VAULT_ARGS, VM_ARGS } from '../../arguments.ts';
import { ToolError } from '../../errors.ts';
import { defineRead } from '../../registry.ts';
import { findItem } from '../../vm-reference.ts';
import { pointRow, toPointRow } from './point-row.ts';

const disk = z.object({ lun: z.number().nullable(), name: z.string().nullable() });

export const getRecoveryPointTool = defineRead({
  name: 'get_recovery_point',
  category: 'recovery',
  title: 'One recovery point',
  description:
    'One recovery point of a machine with its disks, size of the machine, zones, and whether a file recovery session is open. null: Azure does not say. Keys of encrypted machines are never shown.',
  role: 'Backup Reader',
  input: z.object({
    ...VAULT_ARGS,
    ...VM_ARGS,
    recovery_point_id: z
      .string()
      .trim()
      .regex(/^[\w-]{1,80}$/, 'it has to be the id of a point, as list_recovery_points shows it'),
  }),
  data: z.object({
    point: pointRow.extend({
      item_name: z.string(),
      vm_size: z.string().nullable(),
      managed_disks: z.boolean().nullable(),
      zones: z.array(z.string()),
      security_type: z.string().nullable(),
      disks: z.object({ included: z.array(disk), excluded: z.array(disk) }).nullable(),
      ilr_session_active: z.boolean().nullable(),
    }),
  }),
  answer: async (args, context) => {
    const { item, ref } = await findItem(args, context.vault(args), context);
    const point = await getRecoveryPoint(context.azure, ref, args.recovery_point_id);
    if (!point) throw noSuchPoint(args.recovery_point_id, item.friendlyName ?? item.name);
    return {
      summary: 'One recovery point, as Azure describes it now.',
      data: {
        point: { ...toPointRow(point), item_name: cleanText(item.name, 200), ...detailsOf(point) },
      },
    };
  },
});

function detailsOf(point: AzureRecoveryPoint) {
  const { recoveryPointDiskConfiguration: disks, zones = [] } = point;
  return {
    vm_size: cleanOrNull(point.virtualMachineSize, 60),
    managed_disks: point.isManagedVirtualMachine ?? null,
    zones: zones.map((zone) => cleanText(zone, 20)),
    security_type: cleanOrNull(point.securityType, 40),
    disks: disks
      ? { included: toDisks(disks.includedDiskList), excluded: toDisks(disks.excludedDiskList) }
      : null,
    ilr_session_active: point.isInstantIlrSessionActive ?? null,
  };
}

const toDisks = (
  disks: readonly { lun?: number | undefined; name?: string | undefined }[] = [],
): z.infer<typeof disk>[] =>
  disks.map(({ lun, name }) => ({ lun: lun ?? null, name: cleanOrNull(name, 120) }));

export const noSuchPoint = (id: string, machine: string): ToolError =>
  new ToolError('not_found', `${cleanText(machine, 120)} has no recovery point ${id}`, {
    code: 'no-such-point',
    httpStatus: 404,
    hint: 'Points expire. list_recovery_points shows those there are.',
  });
