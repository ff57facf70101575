import type { Job, JobKind, Machine } from '../estate/types.ts';
import { pointBefore } from '../history/point-before.ts';
import { mountedAt, planOf } from '../history/recovery-plan.ts';
import type { SessionKind, SessionRow } from '../history/sessions.ts';
import { DAY, MINUTE } from '../zone.ts';
import type { Call } from './call.ts';
import type { Row } from './list.ts';
import { sessionId } from './session-view.ts';

export type Open = { index: number; row: SessionRow };

/** How long a mount may stay open and still be found. */
const LONGEST = 31 * DAY;

/** Sessions of some kinds that run now, for machines of jobs that fit. */
export function openSessions(
  { world, now }: Call,
  kinds: readonly SessionKind[],
  fits: (kind: JobKind) => boolean = () => true,
): Open[] {
  const { columns } = world.timeline;
  const { from, to } = world.visible();
  const open: Open[] = [];
  for (let index = Math.max(from, columns.firstFrom(now - LONGEST)); index < to; index += 1) {
    if (columns.end(index) <= now || !kinds.includes(columns.kind(index))) continue;
    const row = columns.row(index);
    const job = world.estate.jobs[world.estate.protected[row.job]?.job ?? -1];
    if (job && fits(job.kind)) open.push({ index, row });
  }
  return open;
}

type About = { machine: Machine | undefined; job: Job | undefined; pointId: string; pointAt: number };

/** What a session restores, and from which point. */
export function about({ world }: Call, { row }: Open): About {
  const place = world.estate.protected[row.job];
  const back = planOf(world.draft.recovery, row)?.pointsBack;
  const point = place && pointBefore(world, place, row.start, back);
  return {
    machine: world.estate.machines[place?.machine ?? -1],
    job: world.estate.jobs[place?.job ?? -1],
    pointId: world.ids.of('point', place?.index ?? -1, point?.slot ?? 0),
    pointAt: point?.created ?? row.start,
  };
}

type Phase = 'before' | 'ready' | 'failed' | 'after';

/** What a mount is doing: it takes a while to come, and a minute to go. */
function phaseOf({ world, now }: Call, { row }: Open): Phase {
  const readyAt = mountedAt(row, planOf(world.draft.recovery, row));
  if (readyAt === Number.POSITIVE_INFINITY) return now < row.start + MINUTE ? 'before' : 'failed';
  if (now < readyAt) return 'before';
  return now >= row.end - MINUTE ? 'after' : 'ready';
}

const pick = (phase: Phase, [before, ready, failed, after]: [string, string, string, string]): string =>
  ({ before, ready, failed, after })[phase];

const MOUNT_STATES: [string, string, string, string] = ['Mounting', 'Mounted', 'Failed', 'Dismounting'];
const MOUNT_ERROR = 'Failed to mount: unable to attach the NFS datastore to the host';

function common(call: Call, open: Open, states = MOUNT_STATES) {
  const phase = phaseOf(call, open);
  return {
    id: call.world.ids.of('mount', open.index),
    sessionId: sessionId(call.world, open.index),
    state: pick(phase, states),
    ...(phase === 'failed' && { errorMessage: MOUNT_ERROR }),
  };
}

/** Virtual machines that run from their backup. */
export function virtualMachineMounts(call: Call, wanted: JobKind): Row[] {
  return openSessions(call, ['instantRecovery'], (kind) => kind === wanted).map((open) => {
    const { machine, job, pointId, pointAt } = about(call, open);
    const plan = planOf(call.world.draft.recovery, open.row);
    return {
      ...common(call, open),
      spec: {
        restorePointId: pointId,
        type: 'OriginalLocation',
        secureRestore: { antivirusScanEnabled: false },
        powerUp: true,
        reason: 'Restore test',
      },
      vmName: plan?.taskName ?? machine?.name ?? '',
      jobName: job?.name ?? '',
      restorePointDate: call.world.stamps.zoned(pointAt),
      hostName: machine?.host ?? '',
    };
  });
}

/** Single disks that a vSphere host reads from a backup. */
export function diskMounts(call: Call): Row[] {
  return openSessions(call, ['diskMount']).map((open) => {
    const { machine, pointId } = about(call, open);
    const nameInBackup = `${machine?.name ?? ''}.vmdk`;
    const names = {
      nameInBackup,
      mountedDiskName: `mounted_${nameInBackup}`,
      registeredFcdName: `fcd_${nameInBackup}`,
    };
    const destinationCluster = {
      platform: 'VSphere',
      hostName: 'vcenter01.corp.example',
      name: 'Cluster 1',
      type: 'Cluster',
      objectId: 'domain-c8',
    };
    const mount = common(call, open);
    return {
      ...mount,
      spec: { restorePointId: pointId, destinationCluster, disksMapping: [names] },
      mountedDisks: mount.state === 'Mounted' ? [{ ...names, objectId: `fcd-${open.index}` }] : [],
    };
  });
}

const PUBLISH_STATES: typeof MOUNT_STATES = ['Publishing', 'Published', 'PublishFailed', 'Unpublishing'];

/** File shares that are read from their backup. */
export function shareMounts(call: Call): Row[] {
  return openSessions(call, ['shareMount']).map((open) => {
    const { machine, pointId } = about(call, open);
    return {
      ...common(call, open, PUBLISH_STATES),
      spec: {
        autoSelectMountServers: true,
        restoreOptions: [
          {
            restorePointId: pointId,
            permissions: { owner: 'CORP\\operator', permissionType: 'AllowEveryone' },
          },
        ],
        reason: 'Restore test',
      },
      unstructuredServerId: call.world.ids.of('computer', machine?.index ?? -1),
      unstructuredServerName: machine?.name ?? '',
    };
  });
}

const AZURE_STATES: typeof MOUNT_STATES = ['Starting', 'Ready', 'Stopped', 'Stopping'];

/** Machines that an appliance in Azure runs from their backup. */
export function azureMounts(call: Call): Row[] {
  return openSessions(call, ['azureMount']).map((open) => {
    const { machine, pointId } = about(call, open);
    const { sessionId: _, ...mount } = common(call, open, AZURE_STATES);
    const group = call.revision === 2 ? { mode: 'Existing', id: 'nsg-recovery' } : 'nsg-recovery';
    return {
      ...mount,
      spec: {
        restorePointId: pointId,
        subscription: { subscriptionId: call.world.ids.of('group', 7), location: 'westeurope' },
        name: { name: machine?.name ?? '' },
        vmSize: { instanceSize: 'Standard_D4s_v5' },
        resourceGroup: { resourceGroup: 'rg-recovery' },
        network: { network: 'vnet-recovery', subnet: 'default', networkSecurityGroup: group },
        appliance: { subnet: 'appliances' },
        reason: 'Restore test',
      },
    };
  });
}

const DISK_STATES: typeof MOUNT_STATES = ['Mounting', 'Mounted', 'MountFailed', 'Unmounting'];

/** Disks that a machine reads from a backup. */
export function publications(call: Call): Row[] {
  return openSessions(call, ['publish']).map((open) => {
    const { machine, job, pointId } = about(call, open);
    const state = pick(phaseOf(call, open), DISK_STATES);
    const name = machine?.name ?? '';
    return {
      id: call.world.ids.of('mount', open.index),
      initiatorName: 'CORP\\operator',
      backupId: call.world.ids.of('backup', job?.index ?? -1),
      backupName: job?.name ?? '',
      restorePointId: pointId,
      restorePointName: name,
      mountState: state,
      ...(state === 'Mounted' && {
        info: {
          mode: 'ISCSI',
          serverPort: 3260,
          serverIps: ['10.20.0.5'],
          disks: [
            {
              diskId: `2000-${machine?.index ?? 0}`,
              diskName: `${name}.vmdk`,
              accessLink: 'iqn.2006-01.com.veeam:1',
              mountPoints: [],
            },
          ],
        },
      }),
    };
  });
}
