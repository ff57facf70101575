import * as z from 'zod';
import { ArmError } from '../../../azure/arm-error.ts';
import { itemPath } from '../../../azure/paths.ts';
import { type AzurePolicy, getPolicy } from '../../../azure/policies.ts';
import { type AzureProtectedItem, getProtectedItem } from '../../../azure/protected-items.ts';
import { cleanOrNull, cleanText } from '../../../mcp/untrusted.ts';
import { nameArg, VAULT_ARGS, VM_ARGS, waitArg } from '../../arguments.ts';
import type { ReadContext, WriteContext } from '../../context.ts';
import { ToolError } from '../../errors.ts';
import { assertNotDeleted, isSoftDeleted, isStopped, shownName } from '../../items.ts';
import { readAfter, type Settled, settle } from '../../operations.ts';
import { type Plan, type PlannedRequest, toWrite } from '../../plan.ts';
import { machinePolicy, shortened, shortestDays } from '../../policies.ts';
import { defineWrite } from '../../registry.ts';
import type { VaultTarget } from '../../vault-reference.ts';
import { isSame } from '../../workload-arguments.ts';
import { policyOf } from './item-row.ts';
import { type Disks, protectRequest, undeleteRequest } from './protection-request.ts';
import { type FoundSubject, findSubject } from './subject.ts';

const DAY_MS = 86_400_000;
const luns = z.array(z.number().int().min(0).max(63)).min(1).max(64).optional();

const input = z.object({
  ...VAULT_ARGS,
  ...VM_ARGS,
  policy_name: nameArg(150).describe('A policy of the vault for machines: see list_policies'),
  exclude_disk_luns: luns.describe('Data disks that are left out'),
  include_disk_luns: luns.describe('The only data disks that are backed up, beside that of the system'),
  undelete: z.boolean().default(false).describe('Take the deletion of a soft-deleted item back first'),
  wait_seconds: waitArg(),
});

export const enableProtectionTool = defineWrite({
  name: 'enable_protection',
  category: 'protection',
  title: 'Protect a machine',
  description:
    'Protects a machine by a policy of the vault; also gives a protected one another policy, takes up stopped protection again, and brings back what was soft-deleted (undelete = true). Where that removes recovery points (a policy that keeps them for less time), it has to be allowed and confirmed as what is destructive. The first backup runs when the policy says so: trigger_backup makes one now.',
  role: 'Backup Contributor',
  isDestructive: 'by plan',
  isIdempotent: true,
  input,
  data: z.object({
    item_name: z.string(),
    policy_name: z.string(),
    previous_policy: z.string().optional(),
    state: z.string().nullable(),
  }),
  prepare: async (args, context) => {
    const disks = disksOf(args);
    const vault = context.vault(args);
    const policy = await machinePolicy(args.policy_name, vault, context);
    const subject = await findSubject(args, vault, context);
    const { item } = subject;
    if (item && !args.undelete) assertNotDeleted(item);
    const previous = item ? policyOf(item) : undefined;
    const isSet = item !== null && !isStopped(item) && !isSoftDeleted(item) && isSame(previous, policy.name);
    const facts = (state: AzureProtectedItem | null) => ({
      item_name: state ? shownName(state) : cleanText(subject.name, 120),
      policy_name: policy.name,
      ...(previous === undefined ? {} : { previous_policy: cleanText(previous, 150) }),
      state: cleanOrNull(state?.protectionState, 40),
    });
    if (isSet && !disks)
      return { summary: 'The machine is protected by this policy already.', unchanged: facts(item) };
    const requests = [
      ...(item && isSoftDeleted(item) ? [undeleteRequest(subject)] : []),
      protectRequest(subject, policy.name, disks),
    ];
    const dangers = await removalsBy(policy, { subject, previous, vault }, context);
    return {
      removes: dangers.length > 0,
      plan: toPlan(subject, requests, { policy: policy.name, previous, disks, dangers }),
      run: async (running) => {
        const carried = carryOut(running, subject, requests, {
          vault,
          waitSeconds: args.wait_seconds,
          // A change of disks does not show in the item.
          isDone: (state) =>
            disks
              ? undefined
              : !isStopped(state) && !isSoftDeleted(state) && isSame(policyOf(state), policy.name),
        });
        const { settled, isComplete } = await carried.catch((error: unknown) => {
          throw explained(error, subject.name, vault);
        });
        const { status, operation, job_id } = settled;
        const read = () => getProtectedItem(running.azure, subject.ref);
        const after = status === 'done' ? await readAfter(running, read) : null;
        return { status, operation, job_id, summary: summaryOf(status, isComplete), data: facts(after) };
      },
    };
  },
});

function disksOf({
  exclude_disk_luns: out,
  include_disk_luns: only,
}: z.output<typeof input>): Disks | undefined {
  if (out && only)
    throw new ToolError('validation', 'disks are both left out and named as the only ones', {
      code: 'arguments',
      hint: 'Give either exclude_disk_luns or include_disk_luns.',
    });
  const luns = out ?? only;
  return luns && { diskLunList: [...new Set(luns)], isInclusionList: out === undefined };
}

type Carrying = {
  vault: VaultTarget;
  waitSeconds: number;
  isDone: (item: AzureProtectedItem) => boolean | undefined;
};

/** One request after the other, each only when the one before is done. */
async function carryOut(
  context: WriteContext,
  { ref }: FoundSubject,
  requests: PlannedRequest[],
  { vault, waitSeconds, isDone }: Carrying,
): Promise<{ settled: Settled; isComplete: boolean }> {
  const { clock } = context.connection;
  const begun = clock.monotonic();
  let settled: Settled = { status: 'done' };
  for (const [place, request] of requests.entries()) {
    const isLast = place === requests.length - 1;
    const answer = await context.write.send({
      ...toWrite(request),
      tookEffect: async () => {
        const state = await getProtectedItem(context.azure, ref);
        if (!state) return false;
        return isLast ? isDone(state) : !isSoftDeleted(state);
      },
    });
    const left = Math.max(0, waitSeconds - Math.round((clock.monotonic() - begun) / 1000));
    settled = await settle(context, answer, { vault, waitSeconds: left });
    if (settled.status === 'accepted') return { settled, isComplete: isLast };
  }
  return { settled, isComplete: true };
}

/** A vault that has not looked around since a machine was made knows no such machine. */
function explained(error: unknown, name: string, { vault }: VaultTarget): unknown {
  if (!(error instanceof ArmError && error.armCode === 'BMSUserErrorContainerObjectNotFound')) return error;
  return new ToolError('not_found', `vault ${vault} does not know ${cleanText(name, 120)} yet`, {
    code: error.armCode,
    httpStatus: error.status,
    requestId: error.requestId,
    hint: 'A vault has to find a machine first: register_vm makes it look around; then call again.',
    cause: error,
  });
}

type Change = { subject: FoundSubject; previous: string | undefined; vault: VaultTarget };

/** What of the recovery points that are there is removed by a policy, in words. */
async function removalsBy(
  policy: AzurePolicy,
  { subject: { item, ref }, previous, vault }: Change,
  { azure, now }: ReadContext,
): Promise<string[]> {
  const isOther = previous !== undefined && !isSame(previous, policy.name);
  const isKeptAsItWas = item !== null && (isStopped(item) || isSoftDeleted(item));
  if (!item || !(isOther || isKeptAsItWas)) return [];
  const { recoveryPointCount: count = 0, oldestRecoveryPoint: oldest } =
    (await getProtectedItem(azure, ref))?.extendedInfo ?? {};
  if (item.lastRecoveryPoint === null && !count) return [];
  const shorter = isOther ? shortened(await getPolicy(azure, vault, previous), policy) : [];
  if (shorter.length > 0 || !isKeptAsItWas) return shorter;
  // While backups are stopped nothing expires; afterwards the policy counts for what has grown older meanwhile, too.
  const days = shortestDays(policy);
  if (oldest && days !== null && now.getTime() - oldest.getTime() <= days * DAY_MS) return [];
  const from = oldest
    ? `the oldest recovery point is of ${oldest.toISOString()}`
    : 'how old they are is not known';
  return [
    `Recovery points have not expired while protection was stopped; now those that policy ${policy.name} does not keep are removed, for good (${from}).`,
  ];
}

type Facts = {
  policy: string;
  previous: string | undefined;
  disks: Disks | undefined;
  dangers: string[];
};

function toPlan(
  { name, item, ref }: FoundSubject,
  requests: PlannedRequest[],
  { policy, previous, disks, dangers }: Facts,
): Plan {
  const shown = cleanText(name, 120);
  const again = item && (isStopped(item) || isSoftDeleted(item));
  const luns = disks?.diskLunList.join(', ');
  return {
    action: item
      ? `${again ? 'take up the protection of' : 'change the protection of'} ${shown}, by policy ${policy}`
      : `protect ${shown} by policy ${policy}`,
    target: itemPath(ref),
    requests,
    before: { policy: previous ?? null, state: item?.protectionState ?? null },
    after: { policy },
    effects: [
      ...(requests.length > 1 ? ['the deleted item comes back with its recovery points'] : []),
      'backups are made as the policy says; a protected machine and its copies are paid for',
      ...(disks
        ? [
            disks.isInclusionList
              ? `of the data disks only LUN ${luns} are backed up`
              : `LUN ${luns} are left out`,
          ]
        : []),
    ],
    dangers,
    reversible: dangers.length === 0,
  };
}

function summaryOf(status: Settled['status'], isComplete: boolean): string {
  if (!isComplete)
    return 'Azure is bringing the item back. Its protection is not taken up yet: call again with the same arguments when that operation has ended.';
  return status === 'accepted'
    ? 'Azure accepted it and goes on: check_registration_status shows when the machine is protected.'
    : 'The machine is protected. There is no recovery point before the first backup has ended.';
}
