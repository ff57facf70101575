import { spell } from '../contract/enums.ts';
import type { RevisionIndex } from '../contract/revisions.ts';
import { type Job, type Protected, SCALE_OUT_BASE, targetAt } from '../estate/types.ts';
import { countAt } from '../history/day.ts';
import type { Call } from './call.ts';
import type { Row } from './list.ts';
import { jobType, osFamily } from './platforms.ts';

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** A job as it is set up: the part that depends on its type holds what it protects, where to, how long and when. */
export function jobDetails(call: Call, job: Job): Row {
  return {
    id: job.id,
    name: job.name,
    type: jobType(job.kind, call.revision),
    isDisabled: job.disabledSince !== undefined && call.now >= job.disabledSince,
    description: job.description,
    ...variant(call, job),
  };
}

function variant(call: Call, job: Job): Row {
  const { revision } = call;
  const high = { isHighPriority: job.isHighPriority };
  switch (job.kind) {
    case 'vsphere':
      return {
        ...high,
        virtualMachines: { includes: machines(call, job, vmwareObject) },
        storage: storage(call, job, { autoSelectEnabled: true }),
        ...guests(),
        schedule: schedule(job, revision),
      };
    case 'hyperv':
      return {
        ...high,
        virtualMachines: { includes: machines(call, job, hyperVObject) },
        storage: storage(call, job, { proxyType: revision === 0 ? 'onHost' : 'OnHost' }),
        ...guests(),
        schedule: schedule(job, revision),
      };
    case 'windowsAgent':
    case 'linuxAgent':
      return {
        ...high,
        agentType: 'Server',
        computers: machines(call, job, computer),
        backupMode: 'EntireComputer',
        storage: agentStorage(call, job),
        schedule: schedule(job, revision),
      };
    case 'copyPeriodic':
    case 'copyImmediate':
      return copy(call, job);
    case 'nas':
      return {
        ...high,
        objects: [
          {
            fileServerId: call.world.ids.of('computer', job.first),
            ...(revision === 2 && { type: 'FileServerShare' }),
          },
        ],
        backupRepository: {
          backupRepositoryId: targetId(call, job),
          retentionPolicy: { type: 'Days', quantity: retentionOf(call, job) },
        },
        schedule: schedule(job, revision),
      };
    case 'replica':
      return {
        ...high,
        virtualMachines: { includes: machines(call, job, vmwareObject) },
        destination: {
          host: {
            platform: 'VSphere',
            hostName: 'vcenter01.corp.example',
            name: 'esx-dr01.corp.example',
            type: 'Host',
            objectId: 'host-77',
          },
        },
        jobSettings: {
          metadataRepositoryId: call.world.estate.repositories[0]?.id,
          replicaNameSuffix: '_replica',
          restorePointsToKeep: 7,
        },
        schedule: schedule(job, revision),
      };
    case 'proxmox':
      return {};
  }
}

const machines = (call: Call, job: Job, toObject: (call: Call, place: Protected) => Row) =>
  call.world.estate.protected
    .slice(job.first, job.first + countAt(call.world.estate, job, call.now))
    .map((place) => toObject(call, place));

function vmwareObject({ world }: Call, { machine }: Protected): Row {
  const name = world.estate.machines[machine]?.name ?? '';
  return {
    platform: 'VSphere',
    hostName: 'vcenter01.corp.example',
    name,
    type: 'VirtualMachine',
    objectId: `vm-${1000 + machine}`,
  };
}

function hyperVObject({ world }: Call, { machine }: Protected): Row {
  const name = world.estate.machines[machine]?.name ?? '';
  return {
    platform: 'HyperV',
    hostName: 'hyperv01.corp.example',
    name,
    type: 'VirtualMachine',
    objectId: world.ids.of('computer', machine),
  };
}

function computer({ world }: Call, { machine }: Protected): Row {
  const about = world.estate.machines[machine];
  const type = about && osFamily(about) === 'Linux' ? 'LinuxComputer' : 'WindowsComputer';
  return {
    platform: 'Agent',
    id: world.ids.of('computer', machine),
    name: about?.name ?? '',
    type,
    protectionGroupId: world.ids.of('group', 0),
  };
}

const guests = () => ({
  guestProcessing: { appAwareProcessing: { isEnabled: true }, guestFSIndexing: { isEnabled: false } },
});

export function targetId({ world, now }: Pick<Call, 'world' | 'now'>, job: Job): string | undefined {
  const target = targetAt(job, now);
  return (world.estate.scaleOuts[target - SCALE_OUT_BASE] ?? world.estate.repositories[target])?.id;
}

/** As it is set now. */
const retentionOf = ({ world, now }: Call, job: Job) => world.retentionDays(job, now);

function storage(call: Call, job: Job, backupProxies: Row): Row {
  return {
    backupRepositoryId: targetId(call, job),
    backupProxies,
    retentionPolicy: { type: 'Days', quantity: retentionOf(call, job) },
    ...gfs(job, call.revision),
    advancedSettings: {
      backupModeType: 'Incremental',
      ...fulls(job, call.revision),
      storageData: storageData(job),
    },
  };
}

function agentStorage(call: Call, job: Job): Row {
  return {
    backupRepositoryId: targetId(call, job),
    retentionPolicy: { type: 'Days', quantity: retentionOf(call, job) },
    advancedSettings: { ...fulls(job, call.revision), storageData: storageData(job) },
  };
}

/** Up to 1.3-rev1 the name of synthetic fulls is misspelt. */
function fulls(job: Job, revision: RevisionIndex): Row {
  if (job.fullWeekday < 0) return {};
  const weekly = { isEnabled: true, weekly: { isEnabled: true, days: [day(job.fullWeekday, revision)] } };
  if (job.isActiveFull) return { activeFulls: weekly };
  return revision === 2 ? { syntheticFulls: weekly } : { synthenticFulls: weekly };
}

const storageData = (job: Job) => ({
  compressionLevel: 'Optimal',
  storageOptimization: '1MB',
  encryption: { isEnabled: job.isEncrypted },
});

function gfs(job: Job, revision: RevisionIndex): Row {
  const { weekly, monthly, yearly } = job.gfs;
  if (weekly === 0) return {};
  return {
    gfsPolicy: {
      isEnabled: true,
      weekly: { isEnabled: true, keepForNumberOfWeeks: weekly, desiredTime: day(job.fullWeekday, revision) },
      monthly: { isEnabled: true, keepForNumberOfMonths: monthly, desiredTime: 'First' },
      yearly: { isEnabled: true, keepForNumberOfYears: yearly, desiredTime: 'January' },
    },
  };
}

const day = (weekday: number, revision: RevisionIndex) =>
  spell('EDayOfWeek', DAYS[weekday] ?? 'Monday', revision);

/** Times are local to the server. */
function schedule(job: Job, revision: RevisionIndex): Row {
  const retry = { isEnabled: true, retryCount: job.retryCount, awaitMinutes: job.retryWaitMinutes };
  const common = { runAutomatically: true, retry };
  if (job.schedule.kind === 'every') {
    const periodically = { isEnabled: true, periodicallyKind: 'Hours', frequency: job.schedule.minutes / 60 };
    return { ...common, daily: { isEnabled: false }, periodically };
  }
  const localTime = clockText(job.schedule.minute);
  if (job.schedule.kind === 'daily')
    return { ...common, daily: { isEnabled: true, localTime, dailyKind: 'Everyday' } };
  return {
    ...common,
    daily: {
      isEnabled: true,
      localTime,
      dailyKind: 'SelectedDays',
      days: [day(job.schedule.weekday, revision)],
    },
  };
}

const clockText = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:00`;

function copy(call: Call, job: Job): Row {
  const { world, revision } = call;
  const jobs = job.sources
    .flatMap((source) => world.estate.jobs[source] ?? [])
    .map(({ id, name, kind }) => ({ id, name, type: jobType(kind, revision) }));
  const isImmediate = job.kind === 'copyImmediate';
  return {
    mode: isImmediate ? 'Immediate' : 'Periodic',
    sourceObjects: { includes: { jobs } },
    target: {
      backupRepositoryId: targetId(call, job),
      retentionPolicy: { type: 'Days', quantity: retentionOf(call, job) },
    },
    schedule: isImmediate
      ? { type: 'Immediate', scheduleMode: 'Continuous' }
      : { type: 'Periodic', ...schedule(job, revision) },
  };
}
