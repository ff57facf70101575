import { hash } from '../../random.ts';
import { containerName, MANAGEMENT_TYPES, shortContainer, vaultId, WORKLOAD_TYPES } from '../ids.ts';
import { problem } from '../problems.ts';
import { stamp } from '../runs.ts';
import type { AzureWorld } from '../world.ts';
import { type Job, restoredPoint, restoreKindOf } from './jobs.ts';

const JOB_TYPES = { vm: 'AzureIaaSVMJob', sql: 'AzureWorkloadJob', files: 'AzureStorageJob' } as const;

/** A row of the list of jobs. There is no id of the item in it. */
export function jobRow(job: Job, now: number) {
  const { item, id } = job;
  return {
    id: `${vaultId(item.vault, 'Subscriptions')}/backupJobs/${id}`,
    name: id,
    type: 'Microsoft.RecoveryServices/vaults/backupJobs',
    properties: propertiesOf(job, now),
  };
}

/** A job asked for by id: it has tasks, and the bytes that were moved as text. */
export function jobDetails(world: AzureWorld, job: Job, now: number) {
  const row = jobRow(job, now);
  const { propertyBag, ...details } = extendedInfo(job);
  const bag = {
    ...propertyBag,
    ...job.started?.bag,
    ...(job.operation === 'Restore' && restoreBag(world, job)),
  };
  return { ...row, properties: { ...row.properties, extendedInfo: { ...details, propertyBag: bag } } };
}

/** The key of the time ends with a space, and the time is written as in America, in UTC. */
function restoreBag(world: AzureWorld, job: Job): Record<string, string> {
  const at = restoredPoint(world, job);
  const kind = restoreKindOf(job);
  return {
    ...(kind !== undefined && { 'Job Type': kind }),
    ...(at !== undefined && { 'Recovery point time ': american(at) }),
  };
}

/** `12/25/2019 10:07:11 PM` */
function american(ms: number): string {
  const at = new Date(ms);
  const hour = at.getUTCHours();
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${at.getUTCMonth() + 1}/${at.getUTCDate()}/${at.getUTCFullYear()}`;
  return `${date} ${hour % 12 || 12}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} ${hour < 12 ? 'AM' : 'PM'}`;
}

function propertiesOf(job: Job, now: number) {
  const { item, operation, status, startedAt, endedAt, error, id } = job;
  const isOdd = item.state.odd !== undefined;
  return {
    jobType: JOB_TYPES[item.kind],
    duration: isOdd ? clockOf((endedAt ?? now) - startedAt) : isoOf((endedAt ?? now) - startedAt),
    ...(isCancellable(job) && { actionsInfo: [isOdd ? 1 : 'Cancellable'] }),
    ...(status === 'Failed' && { actionsInfo: [isOdd ? 2 : 'Retriable'], errorDetails: [errorOf(error)] }),
    ...(item.kind === 'vm' && {
      virtualMachineVersion: 'Compute',
      isUserTriggered: operation === 'Restore' || job.started !== undefined,
    }),
    ...(item.kind === 'sql' && { workloadType: WORKLOAD_TYPES.sql }),
    containerName: item.kind === 'vm' ? shortContainer(item) : containerName(item),
    entityFriendlyName: item.name,
    backupManagementType: MANAGEMENT_TYPES[item.kind],
    operation,
    status,
    startTime: stamp(startedAt),
    ...(endedAt !== undefined && { endTime: stamp(endedAt) }),
    activityId: `${id.slice(9, 13)}${id.slice(14, 18)}-0000-4000-8000-${id.slice(24)}`,
  };
}

/** Changes of the protection are over too soon to be stopped. */
export const isCancellable = ({ operation, status, started }: Job): boolean =>
  status === 'InProgress' && (started === undefined || operation === 'Backup' || operation === 'Restore');

function errorOf(index: number) {
  const { code, title, text, recommendations } = problem(index);
  return { errorCode: code, errorTitle: title, errorString: text, recommendations };
}

function extendedInfo({ item, operation, status, error, startedAt }: Job) {
  const isBackup = operation === 'Backup';
  const tasks = isBackup ? ['Take Snapshot', 'Transfer data to vault'] : [operation];
  const done = status.startsWith('Completed') ? tasks.length : 0;
  const tasksList = tasks.map((taskId, index) => ({
    taskId,
    duration: 'PT0S',
    status: index < done ? 'Completed' : index === done ? status : 'NotStarted',
  }));
  const megabytes = Math.round(
    (item.sizeBytes / 2 ** 20) * (0.01 + (hash(9, startedAt / 1000) % 400) / 10_000),
  );
  const name = item.kind === 'vm' ? 'VM Name' : 'Backup Item Name';
  return {
    tasksList,
    propertyBag: {
      [name]: item.name,
      ...(isBackup && done > 0 && { 'Backup Size': `${megabytes} MB` }),
    },
    ...(status === 'Failed' && { dynamicErrorMessage: problem(error).text }),
  };
}

/** `PT1H2M3.1234567S` */
function isoOf(ms: number): string {
  const [hours, minutes, seconds] = partsOf(ms);
  return `PT${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}${seconds.toFixed(7).replace(/\.?0+$/, '')}S`;
}

/** As older answers have it: `00:18:20.0300000` */
function clockOf(ms: number): string {
  const [hours, minutes, seconds] = partsOf(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const days = Math.floor(hours / 24);
  return `${days > 0 ? `${days}.` : ''}${two(hours % 24)}:${two(minutes)}:${seconds.toFixed(7).padStart(10, '0')}`;
}

function partsOf(ms: number): [number, number, number] {
  const seconds = Math.max(0, ms) / 1000;
  return [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
}
