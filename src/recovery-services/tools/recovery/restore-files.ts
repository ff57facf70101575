import * as z from 'zod';
import { API_VERSIONS } from '../../../azure/api-versions.ts';
import { itemPath } from '../../../azure/paths.ts';
import { type AzureRecoveryPoint, getRecoveryPoint } from '../../../azure/recovery-points.ts';
import { cleanOrNull, cleanText } from '../../../mcp/untrusted.ts';
import { nameArg, VAULT_ARGS, VM_ARGS, waitArg } from '../../arguments.ts';
import type { ReadContext, WriteContext } from '../../context.ts';
import { ToolError } from '../../errors.ts';
import { assertNotDeleted, shownName } from '../../items.ts';
import { settle } from '../../operations.ts';
import { type Plan, type PlannedRequest, toWrite } from '../../plan.ts';
import { defineWrite, type Prepared, type Written } from '../../registry.ts';
import type { VaultTarget } from '../../vault-reference.ts';
import { type FoundItem, findItem } from '../../vm-reference.ts';
import { sourceOf } from '../protection/item-row.ts';
import { deliverScript, discardScript, type ScriptPlace, scriptShape } from './file-recovery-script.ts';
import { findPoint, isArchived } from './restorable-point.ts';

/** Azure asks for a minute before the first look. */
const WAIT_SECONDS = 120;
const MOST_SECONDS = 300;
const OPEN_FOR_HOURS = 12;

const input = z.object({
  ...VAULT_ARGS,
  ...VM_ARGS,
  action: z
    .enum(['provision', 'status', 'revoke'])
    .default('provision')
    .describe('Open a session and fetch its script; whether one is open; close it'),
  recovery_point_id: z
    .string()
    .trim()
    .refine((text) => /^[\w-]{1,80}$/.test(text), 'it has to be the id of a point')
    .describe('As list_recovery_points shows it'),
  initiator_name: nameArg(200).optional().describe('iSCSI name of the machine on which the script will run'),
  confirm_secret_delivery: z
    .boolean()
    .default(false)
    .describe(
      'provision: true, if the script with its password may be written to a file on the host of this server',
    ),
  wait_seconds: waitArg(WAIT_SECONDS),
  file_paths: z.array(z.string().max(1000)).max(100).optional().describe('Not possible for Azure VMs'),
  target_storage_account: z.string().max(500).optional().describe('Not possible for Azure VMs'),
});
type Args = z.output<typeof input>;

const data = z.object({
  session: z.enum(['active', 'revoked', 'pending', 'none']),
  expires_in_h: z.number().optional(),
  os_type: z.string().nullable().optional(),
  script: scriptShape.optional(),
  instructions: z.array(z.string()),
});
type Data = z.infer<typeof data>;

export const restoreFilesTool = defineWrite({
  name: 'restore_files',
  category: 'recovery',
  title: 'Open a recovery point for its files',
  description:
    'Opens a recovery point of a machine for 12 hours, so that a person can mount its disks with a script and copy files. Azure copies no single files of VMs: file_paths and target_storage_account are refused. The script holds a password: it goes to an owner-only file on the host of this server, never into an answer.',
  role: 'Backup Operator',
  isDestructive: false,
  isIdempotent: false,
  input,
  data,
  prepare: async (args, context) => {
    if (args.file_paths !== undefined || args.target_storage_account !== undefined) throw noCopy();
    const vault = context.vault(args);
    const found = await findItem(args, vault, context);
    const point = await findPoint(args.recovery_point_id, found, context);
    const isOpen = point.isInstantIlrSessionActive === true;
    if (args.action === 'status') return stateOf(isOpen);
    if (args.action === 'revoke')
      return isOpen ? prepareRevoke(args, { found, point, vault }, context) : NOTHING_OPEN;
    assertReadable(found, point);
    return prepareProvision(args, { found, point, vault });
  },
});

type Place = { found: FoundItem; point: AzureRecoveryPoint; vault: VaultTarget };

const stateOf = (isOpen: boolean): Prepared<Data> => ({
  summary: isOpen
    ? 'A file recovery session of this point is open.'
    : 'No file recovery session of this point is open.',
  unchanged: {
    session: isOpen ? 'active' : 'none',
    instructions: isOpen
      ? ['action = provision gives the script again; action = revoke closes the session']
      : ['action = provision opens one'],
  },
});

const NOTHING_OPEN: Prepared<Data> = {
  summary: 'No file recovery session of this point is open: there is nothing to close.',
  unchanged: { session: 'none', instructions: [] },
};

const placeOf = ({ found, point }: Place, { settings }: ReadContext): ScriptPlace => ({
  stateDir: settings.stateDir,
  machine: found.item.friendlyName ?? 'machine',
  point: point.name,
});

const toRequest = ({ found, point }: Place, word: string, body?: object): PlannedRequest => ({
  method: 'POST',
  path: itemPath(found.ref, 'recoveryPoints', point.name, word),
  api_version: API_VERSIONS.recoveryPoints,
  ...(body ? { body } : {}),
});

function prepareRevoke(
  { wait_seconds: waitSeconds }: Args,
  place: Place,
  { azure }: ReadContext,
): Prepared<Data> {
  const { found, point, vault } = place;
  const request = toRequest(place, 'revokeInstantItemRecovery');
  return {
    plan: toPlan(place, request, {
      action: `close the file recovery session of ${shownName(found.item)}`,
      effects: ['the disks that a script has mounted are taken away; copies that run fail'],
    }),
    run: async (running) => {
      const tookEffect = async () => {
        const now = await getRecoveryPoint(azure, found.ref, point.name);
        return now && now.isInstantIlrSessionActive !== true ? true : undefined;
      };
      const answer = await running.write.send({ ...toWrite(request), tookEffect });
      const { status, operation } = await settle(running, answer, { vault, waitSeconds });
      const isDone = status === 'done';
      const removed = isDone && discardScript(placeOf(place, running));
      return {
        status,
        operation,
        summary: isDone ? 'The session is closed.' : 'Azure is closing the session.',
        data: {
          session: isDone ? 'revoked' : 'pending',
          instructions: isDone
            ? [
                removed
                  ? 'The file of the script on the host of this server is removed; remove copies of it.'
                  : 'Remove copies of the script.',
              ]
            : ['action = status shows when it is closed.'],
        },
      };
    },
  };
}

function prepareProvision(args: Args, place: Place): Prepared<Data> {
  const { found, point } = place;
  const { initiator_name: initiatorName } = args;
  const properties = {
    objectType: 'IaasVMILRRegistrationRequest',
    recoveryPointId: point.name,
    virtualMachineId: sourceOf(found.item),
    ...(initiatorName === undefined ? {} : { initiatorName }),
    renewExistingRegistration: true,
  };
  const request = toRequest(place, 'provisionInstantItemRecovery', { properties });
  const plan = toPlan(place, request, {
    action: `open the recovery point of ${shownName(found.item)} of ${point.recoveryPointTime?.toISOString() ?? 'an unknown time'} for its files`,
    effects: [
      `for ${OPEN_FOR_HOURS} hours whoever has the script can mount the disks and read all that is on them`,
      'the script with its password is written to a file on the host of this server that its OS user alone may read',
      'a session that stays open can disturb the next backup: close it with action = revoke',
    ],
  });
  return { plan, run: (running) => provision(running, args, place, plan) };
}

async function provision(
  context: WriteContext,
  { confirm_secret_delivery: isAgreed, wait_seconds: waitSeconds }: Args,
  place: Place,
  { action, requests }: Plan,
): Promise<Written<Data>> {
  const { point, vault } = place;
  const [request] = requests;
  if (!isAgreed || !request) throw notAgreed(action);
  const answer = await context.write.send(toWrite(request));
  const { status, operation, state } = await settle(context, answer, { vault, waitSeconds });
  if (status === 'accepted')
    return {
      status,
      operation,
      summary:
        'Azure is opening the session. Its script is not there yet: only a call that waits for the end gets it.',
      data: { session: 'pending', instructions: [callAgain(operation?.poll_again_after_s ?? 0)] },
    };
  const { osType, ...script } = deliverScript(state?.properties ?? {}, placeOf(place, context));
  const os = osType ?? point.osType;
  return {
    status,
    summary: `The session is open for ${OPEN_FOR_HOURS} hours. Its script lies in a file on the host of this server, for its owner alone.`,
    data: {
      session: 'active',
      expires_in_h: OPEN_FOR_HOURS,
      os_type: cleanOrNull(os, 40),
      script,
      instructions: instructionsFor(os),
    },
  };
}

/** Each call opens the session anew, so one that waits for less than Azure asks for never gets its script. */
const callAgain = (seconds: number) =>
  `Call again with the same arguments and wait_seconds = ${Math.min(MOST_SECONDS, Math.max(WAIT_SECONDS, seconds + 60))}.`;

function toPlan(
  { found }: Place,
  request: PlannedRequest,
  { action, effects }: Pick<Plan, 'action' | 'effects'>,
): Plan {
  return { action, target: itemPath(found.ref), requests: [request], effects, dangers: [], reversible: true };
}

/** @throws ToolError for what Azure does not open: encrypted machines, points in the archive, deleted items */
function assertReadable({ item }: FoundItem, point: AzureRecoveryPoint): void {
  assertNotDeleted(item);
  if (point.isSourceVMEncrypted === true)
    throw notPossible(
      'encrypted-machine',
      `${shownName(item)} is encrypted: Azure opens no file recovery of encrypted machines`,
    );
  if (isArchived(point))
    throw notPossible(
      'archived-point',
      `recovery point ${cleanText(point.name, 80)} is in the archive, which cannot be opened`,
    );
}

const notPossible = (code: string, message: string) =>
  new ToolError('validation', message, {
    code,
    hint: 'Restore the disks instead (restore_vm, RestoreDisks) and attach them to another machine.',
  });

const noCopy = () =>
  new ToolError(
    'validation',
    'not possible for Azure VMs: Azure copies no files out of recovery points of VMs',
    {
      code: 'no-file-copy',
      hint: 'Leave file_paths and target_storage_account out: action = provision opens the point, and a person mounts its disks with the script and copies the files. Single files can be restored from backups of Azure file shares only.',
    },
  );

/** The agreement has an argument of its own: a secret comes into being on this host. */
const notAgreed = (action: string) =>
  new ToolError(
    'confirmation_required',
    `not done yet: ${action}. A script with a password would be written to a file on the host of this server.`,
    {
      code: 'secret-delivery',
      hint: 'Tell the person you work for; if they agree, call again with the same arguments and confirm_secret_delivery = true. dry_run = true shows the plan.',
    },
  );

function instructionsFor(osType: string | undefined): string[] {
  const isLinux = /linux/i.test(osType ?? '');
  return [
    `Copy the file to the machine that shall get the files, over a way that is safe: it holds a password. That machine needs the same or a newer ${osType ? cleanText(osType, 40) : 'operating system'}, and access to Azure on port 3260 (iSCSI).`,
    isLinux
      ? 'Run it there as root: python3 FILE. It mounts the volumes and says where.'
      : 'Run it there as administrator. It mounts the volumes as drives.',
    'Do not run it on the machine that was backed up if it has storage pools or LVM of the same names.',
    `Copy the files within ${OPEN_FOR_HOURS} hours; then call restore_files with action = revoke, which removes the file here, and remove copies of it.`,
  ];
}
