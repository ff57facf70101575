import * as z from 'zod';
import { API_VERSIONS } from '../../../azure/api-versions.ts';
import { itemPath } from '../../../azure/paths.ts';
import type { AzureRecoveryPoint } from '../../../azure/recovery-points.ts';
import { type AzureFinding, validateRestore } from '../../../azure/restore-validation.ts';
import { getVirtualMachine } from '../../../azure/virtual-machines.ts';
import { SourceError } from '../../../errors.ts';
import { cleanText } from '../../../mcp/untrusted.ts';
import { VAULT_ARGS, VM_ARGS, waitArg } from '../../arguments.ts';
import type { ReadContext } from '../../context.ts';
import { ToolError } from '../../errors.ts';
import { assertNotDeleted, shownName } from '../../items.ts';
import { jobTracker } from '../../job-tracker.ts';
import { vaultRegion } from '../../machine-region.ts';
import { settle } from '../../operations.ts';
import { type Plan, type PlannedRequest, toWrite } from '../../plan.ts';
import { defineWrite } from '../../registry.ts';
import { assertNoneRunning } from '../../running-jobs.ts';
import { type FoundItem, findItem } from '../../vm-reference.ts';
import { sourceOf } from '../protection/item-row.ts';
import { findPoint, isArchived } from './restorable-point.ts';
import { assertTargets, type RestoreArgs, restoreInput, toRestoreProperties } from './restore-request.ts';

const MOST_FINDINGS = 5;

export const restoreVmTool = defineWrite({
  name: 'restore_vm',
  category: 'recovery',
  title: 'Restore a machine',
  description:
    'Restores a machine from a recovery point: as a new machine, in place of the disks of the existing one (what is on them is LOST), or its disks only. Azure checks the request before (validate_first). The answer comes when Azure took it; the restore runs on as a job, whose end get_job_details tells.',
  role: 'Backup Operator',
  isDestructive: true,
  isIdempotent: false,
  input: z.object({
    ...VAULT_ARGS,
    ...VM_ARGS,
    ...restoreInput.shape,
    validate_first: z.boolean().default(true).describe('Ask Azure first what would stand in the way'),
    wait_seconds: waitArg().describe('Seconds to wait until there is a job; not until it ends'),
  }),
  data: z.object({
    restore_type: z.string(),
    recovery_point_id: z.string(),
    point_time: z.string().nullable(),
    operation_state: z.enum(['running', 'succeeded']),
  }),
  prepare: async (args, context) => {
    assertTargets(args);
    const vault = context.vault(args);
    const found = await findItem(args, vault, context);
    const { item, ref } = found;
    assertNotDeleted(item);
    const point = await findPoint(args.recovery_point_id, found, context);
    const archived = isArchived(point);
    assertRehydration(args, archived, context);
    await assertNoneRunning(vault, { item, operation: 'Restore' }, context);
    await assertTargetFree(args, vault.subscriptionId, context);
    const region = args.region ?? (await vaultRegion(vault, context));
    const place = { subscriptionId: vault.subscriptionId, region, sourceId: sourceOf(item) ?? '' };
    const properties = toRestoreProperties(args, point, { ...place, isArchived: archived });
    if (args.validate_first) assertPossible(await validateRestore(context.azure, vault, properties));
    const request: PlannedRequest = {
      method: 'POST',
      path: itemPath(ref, 'recoveryPoints', point.name, 'restore'),
      api_version: API_VERSIONS.recoveryPoints,
      body: { properties },
    };
    return {
      plan: toPlan(args, found, point, request),
      run: async (running) => {
        const tracker = jobTracker(vault, { item, operation: 'Restore' }, running);
        const answer = await running.write.send({ ...toWrite(request), tookEffect: tracker.tookEffect });
        const settled = await settle(running, answer, { vault, waitSeconds: args.wait_seconds });
        return {
          ...tracker.outcome(settled),
          data: {
            restore_type: args.restore_type,
            recovery_point_id: cleanText(point.name, 100),
            point_time: point.recoveryPointTime?.toISOString() ?? null,
            operation_state: tracker.operationState(settled),
          },
        };
      },
    };
  },
});

/** @throws ToolError `validation` for a point in the archive without a priority */
function assertRehydration(
  { rehydration_priority: priority }: RestoreArgs,
  archived: boolean,
  { warn }: ReadContext,
): void {
  if (archived && priority === undefined)
    throw new ToolError(
      'validation',
      'the recovery point is in the archive and has to be fetched from there',
      {
        code: 'archived-point',
        hint: 'Give rehydration_priority: Standard takes up to 15 hours, High about one and costs more. Or take a point that is restorable_now.',
      },
    );
  if (!archived && priority !== undefined)
    warn('The recovery point is not in the archive: rehydration_priority is not needed, and not sent.');
}

/** @throws ToolError `conflict` if there is a machine of the name of the new one */
async function assertTargetFree(
  { restore_type: type, target_vm_name: name = '', target_resource_group: resourceGroup = '' }: RestoreArgs,
  subscriptionId: string,
  { azure, warn }: ReadContext,
): Promise<void> {
  if (type !== 'AlternateLocation') return;
  try {
    if (!(await getVirtualMachine(azure, { subscriptionId, resourceGroup, name }))) return;
  } catch (error) {
    if (!(error instanceof SourceError && error.code === 'forbidden')) throw error;
    warn('Whether there is a machine of the name of the new one may not be read.');
    return;
  }
  throw new ToolError('conflict', `there is a machine ${name} in ${resourceGroup} already`, {
    code: 'target-exists',
    hint: 'Take another target_vm_name: a restore never goes over an existing machine, but for OriginalLocation.',
  });
}

/** @throws ToolError `validation` with what Azure says stands in the way, and what it recommends */
function assertPossible(findings: AzureFinding[]): void {
  const [first] = findings;
  if (!first) return;
  const shown = findings.slice(0, MOST_FINDINGS);
  const said = shown.map(({ code, message }) => cleanText(message ?? code ?? 'no reason given', 300));
  const advice = shown.flatMap(({ recommendations = [] }) =>
    recommendations.map((one) => cleanText(one, 200)),
  );
  throw new ToolError('validation', `Azure says that this restore would fail: ${said.join('; ')}`, {
    code: cleanText(first.code ?? 'validation', 100),
    hint: advice.slice(0, MOST_FINDINGS).join(' ') || 'Correct the arguments, or take another point.',
  });
}

function toPlan(
  args: RestoreArgs,
  found: FoundItem,
  point: AzureRecoveryPoint,
  request: PlannedRequest,
): Plan {
  const { item, ref } = found;
  const name = shownName(item);
  const time = point.recoveryPointTime?.toISOString() ?? null;
  const inPlace = args.restore_type === 'OriginalLocation';
  const group = args.target_resource_group;
  const target = {
    AlternateLocation: `as new machine ${args.target_vm_name ?? ''} in ${group ?? ''}`,
    OriginalLocation: 'IN PLACE OF its present disks',
    RestoreDisks: `as disks in ${group ?? 'the staging storage account'}`,
  }[args.restore_type];
  return {
    action: `restore ${name} from ${time ?? 'a point without a time'}, ${target}`,
    target: inPlace ? (sourceOf(item) ?? itemPath(ref)) : itemPath(ref),
    requests: [request],
    before: {
      source: sourceOf(item) ?? null,
      point_time: time,
      consistency: point.recoveryPointType ?? null,
      tiers: (point.recoveryPointTierDetails ?? []).map(({ type, status }) => `${type} ${status}`),
    },
    after: { target, overwrites: inPlace ? [`all disks of ${name}`] : [] },
    effects: [
      'a restore takes minutes to hours, and what it makes is paid for',
      ...(args.restore_type === 'AlternateLocation'
        ? ['the new machine is started in the network that is named, with the same name and addresses inside']
        : []),
      ...(args.restore_type === 'RestoreDisks' && group === undefined
        ? ['without target_resource_group the disks are unmanaged, which is slower']
        : []),
      ...(point.isSourceVMEncrypted === true
        ? ['the machine is encrypted: its keys have to be in their vault']
        : []),
    ],
    dangers: inPlace
      ? [
          `EVERYTHING on the disks of ${name} since ${time ?? 'that point'} IS LOST to the machine; it is shut down meanwhile.`,
        ]
      : [],
    reversible: !inPlace,
  };
}
