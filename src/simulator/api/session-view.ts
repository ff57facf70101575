import { spell } from '../contract/enums.ts';
import type { RevisionIndex } from '../contract/revisions.ts';
import type { Job } from '../estate/types.ts';
import { causeMessage } from '../history/causes.ts';
import { isRecovery, isVerification, planOf } from '../history/recovery-plan.ts';
import type { Run } from '../history/runs.ts';
import type { SessionKind, SessionRow } from '../history/sessions.ts';
import { ZERO_ID } from '../ids.ts';
import { hash } from '../random.ts';
import { durationText } from '../stamps.ts';
import type { World } from '../world.ts';
import type { Row } from './list.ts';
import { childSessionType, platformId, platformName, runSessionType } from './platforms.ts';
import { isActiveFull, runOf, type Task, tasksOf } from './tasks.ts';

/** How service sessions look: name, type, and what an older revision calls the type. */
const SERVICES: Partial<Record<SessionKind, { name: string; type: string; older?: string; by?: string }>> = {
  resync: { name: 'Configuration Database Resynchronize', type: 'ConfigurationResynchronize' },
  retention: { name: 'Retention', type: 'Retention' },
  malwareScan: { name: 'Malware Detection', type: 'MalwareDetection' },
  analyzer: { name: 'Security & Compliance Analyzer', type: 'SecurityComplianceAnalyzer' },
  configBackup: { name: 'Backup Configuration Job', type: 'ConfigurationBackup' },
  rescan: { name: 'Host Discovery', type: 'Infrastructure' },
  restore: { name: 'VM restore', type: 'RestoreVm', by: 'CORP\\operator' },
  fileRestore: { name: 'File-level restore', type: 'FileLevelRestore', by: 'CORP\\operator' },
  instantRecovery: { name: 'Instant Recovery', type: 'InstantRecovery', by: 'CORP\\operator' },
  linuxFileRestore: { name: 'File-level restore', type: 'LinuxFileLevelRestore', by: 'CORP\\operator' },
  nasRestore: { name: 'File share restore', type: 'NasRestore', by: 'CORP\\operator' },
  volumeRestore: { name: 'Volume restore', type: 'RestoreAgentVolumes', by: 'CORP\\operator' },
  diskRestore: { name: 'Disk restore', type: 'DiskRestore', by: 'CORP\\operator' },
  diskMount: {
    name: 'Instant disk recovery',
    type: 'FirstClassDiskInstantRestore',
    by: 'CORP\\operator',
  },
  shareMount: { name: 'Instant file share recovery', type: 'FileInstantRecovery', by: 'CORP\\operator' },
  azureMount: { name: 'Instant Recovery to Azure', type: 'AzureInstantRecovery', by: 'CORP\\operator' },
  publish: { name: 'Publish disks', type: 'PublishBackupContentViaMount', by: 'CORP\\operator' },
  failover: { name: 'Failover', type: 'Failover', by: 'CORP\\operator' },
  undoFailover: { name: 'Undo failover', type: 'UndoFailover', by: 'CORP\\operator' },
  sureBackup: { name: 'SureBackup', type: 'SureBackup' },
  contentScan: { name: 'Content scan', type: 'SureBackupContentScan', older: 'SureBackup' },
  offload: { name: 'Scale-out 1 Offload', type: 'ArchiveBackup' },
  deletion: { name: 'Delete backup files', type: 'DeleteBackup' },
};

/** Immediate copies and log backups of all jobs are hidden jobs of their own. */
const isHiddenJob = (kind: SessionKind) => kind === 'copyChild' || kind === 'logBackup';

export const sessionId = (world: World, index: number): string => world.ids.of('session', index);

/** The session as the API shows it at an instant. */
export function toSession(world: World, index: number, now: number, revision: RevisionIndex): Row {
  const row = world.timeline.columns.row(index);
  const isDone = row.end <= now;
  const run = runOf(world, row);
  const job = jobOf(world, row);
  return {
    id: sessionId(world, index),
    name: sessionName(world, row, job, run, revision),
    jobId: jobIdOf(world, row, job),
    sessionType: sessionTypeOf(row, job, revision),
    creationTime: world.stamps.zoned(row.start),
    ...(isDone && { endTime: world.stamps.zoned(row.end) }),
    state: isDone ? 'Stopped' : stateOf(row),
    progressPercent: isDone ? 100 : percentOf(row, now),
    result: {
      result: isDone ? row.result : 'None',
      ...messageOf(world, row, run, isDone),
      isCanceled: isDone && (run?.saysCanceled ?? planOf(world.draft.recovery, row)?.isCanceled ?? false),
    },
    ...resourceOf(world, row, job),
    ...(row.kind === 'copyChild' && parentOf(world, row)),
    usn: index * 1000 + (isDone ? 999 : Math.min(998, Math.floor((now - row.start) / 15_000))),
    ...(job && { platformName: platformName(job.kind, revision), platformId: platformId(job.kind) }),
    initiatedBy: SERVICES[row.kind]?.by ?? 'Veeam Backup Service',
    ...(revision >= 1 && { relatedSessionId: relatedOf(world, row) }),
    ...(revision === 2 && transferOf(world, index, row, run, now)),
  };
}

export const jobOf = (world: World, row: SessionRow): Job | undefined =>
  ['run', 'copyChild', 'logBackup'].includes(row.kind) ? world.estate.jobs[row.job] : undefined;

export function sessionTypeOf(row: SessionRow, job: Job | undefined, revision: RevisionIndex): string {
  if (row.kind === 'run' && job) return runSessionType(job.kind, revision);
  if (row.kind === 'copyChild') return childSessionType(revision);
  if (row.kind === 'logBackup') return 'SqlLogBackup';
  const { type = 'Infrastructure', older = 'Infrastructure' } = SERVICES[row.kind] ?? {};
  return spell('ESessionType', type, revision, older);
}

function jobIdOf({ ids, draft }: World, row: SessionRow, job: Job | undefined): string {
  if (isHiddenJob(row.kind)) return ids.of('hiddenJob', row.job, row.kind === 'logBackup' ? -1 : row.attempt);
  if (job) return job.id;
  if (row.kind === 'resync') return ids.of('hiddenJob', -1, 1);
  if (row.kind === 'configBackup') return ids.of('hiddenJob', -1, 2);
  const known = planOf(draft.recovery, row)?.jobId;
  if (known !== undefined) return known;
  if (row.kind === 'sureBackup') return ids.of('hiddenJob', -1, 1000 + row.job);
  if (row.kind === 'contentScan') return ids.of('hiddenJob', -2, row.job);
  if (row.kind === 'offload') return ids.of('hiddenJob', -1, 3);
  return ZERO_ID;
}

export function sessionName(
  world: World,
  row: SessionRow,
  job: Job | undefined,
  run: Run | undefined,
  revision: RevisionIndex,
): string {
  if (row.kind === 'copyChild' && job) {
    const source = world.estate.jobs[job.sources[row.attempt] ?? -1];
    return `${job.name}\\${source?.name ?? ''} (${run?.isFull ? 'Full' : 'Incremental'})`;
  }
  if (row.kind === 'logBackup' && job) return `${job.name} SQL Server Transaction Log Backup`;
  if (row.kind === 'run' && job)
    return `${job.name}${runSuffix(world, job, run)}${retrySuffix(row, revision)}`;
  const plan = planOf(world.draft.recovery, row);
  if (plan?.sessionName !== undefined) return plan.sessionName;
  const about = world.estate.machines[world.estate.protected[row.job]?.machine ?? -1];
  const { name = '' } = SERVICES[row.kind] ?? {};
  if (isVerification(row.kind)) return `${name} ${world.estate.jobs[row.job]?.name ?? ''}`;
  return row.tasks > 0 && about ? `${name} ${about.name}` : name;
}

function runSuffix(world: World, job: Job, run: Run | undefined): string {
  if (!run || job.kind === 'copyImmediate' || job.kind === 'replica' || job.kind === 'nas') return '';
  if (!run.isFull) return ' (Incremental)';
  return isActiveFull(world, job, run) ? ' (Full)' : ' (Synthetic Full)';
}

/** From 1.3-rev2 on the retry is in fields of its own. */
const retrySuffix = ({ attempt }: SessionRow, revision: RevisionIndex) =>
  attempt > 0 && revision < 2 ? ` (Retry ${attempt})` : '';

const stateOf = ({ kind }: SessionRow) => (kind === 'logBackup' ? 'Idle' : 'Working');

const percentOf = ({ start, end }: SessionRow, now: number) =>
  Number.isFinite(end) ? Math.min(99, Math.floor((100 * (now - start)) / (end - start))) : 37;

/** At the level of the session the message is mostly a general one; the task has the reason. */
function messageOf(
  world: World,
  row: SessionRow,
  run: Run | undefined,
  isDone: boolean,
): { message?: string } {
  if (!isDone) return {};
  const planned = isRecovery(row.kind) ? recoveryMessage(world, row) : undefined;
  if (planned !== undefined) return { message: planned };
  if (row.result === 'Success') return { message: 'Success' };
  if (run?.isCanceled) return {};
  if (row.result === 'Warning') return { message: 'Processing finished with warnings' };
  if (!run?.cause) return { message: 'Failed' };
  if (hash(row.job, row.slot) % 4 !== 0 && !(run.failedSlots === undefined && run.cause === 'serviceDown'))
    return { message: 'Job finished with error' };
  return { message: failureMessage(world, row, run, 0) };
}

const RESTORE_FAILURES = [
  'Failed to restore VM: not enough free space on datastore [ds-prod-03]',
  'Unable to allocate processing resources. Error: No backup proxy is able to process this VM',
  'Failed to open VDDK disk [[ds-prod-03] restored/restored.vmdk] (is read-only mode - [false])',
  'Failed to mount restore point: the network path was not found',
];

/** What a restore or a verification says in the end; undefined: no more than its result. */
export function recoveryMessage(world: World, row: SessionRow): string | undefined {
  const plan = planOf(world.draft.recovery, row);
  if (plan?.message !== undefined || row.result !== 'Failed') return plan?.message;
  if (isVerification(row.kind)) return 'Some machines have failed verification';
  return RESTORE_FAILURES[hash(row.job, row.slot, row.attempt) % RESTORE_FAILURES.length];
}

/** Why the `slot`-th machine of a run failed, as the product words it. */
export function failureMessage(world: World, row: SessionRow, run: Run, slot: number): string {
  const { estate } = world;
  const job = estate.jobs[row.job];
  const place = job && estate.protected[job.first + Math.max(0, slot)];
  const machine = estate.machines[place?.machine ?? -1];
  const repository = place && estate.repositories[world.storage.repositoryOf(place, row.start)];
  const where = {
    machine: machine?.name ?? '',
    host: machine?.host ?? '',
    repository: repository?.name ?? '',
    path: repository?.path || '/',
    proxy: estate.proxies[job?.proxy ?? -1]?.name ?? '',
    server: run.cause === 'serviceDown' ? (estate.servers[0]?.name ?? '') : (machine?.name ?? ''),
  };
  return causeMessage(
    run.cause ?? 'timeout',
    where,
    hash(world.settings.seed, row.job, row.slot, row.attempt * 64 + slot),
  );
}

function resourceOf(
  { ids }: World,
  row: SessionRow,
  job: Job | undefined,
): { resourceId?: string; resourceReference?: string } {
  if (row.kind !== 'run' || !job || job.kind === 'replica' || row.result === 'Failed') return {};
  const id = ids.of('backup', job.index);
  return { resourceId: id, resourceReference: `/api/v1/backups/${id}` };
}

function parentOf(world: World, row: SessionRow): { parentSessionId?: string } {
  const job = world.estate.jobs[row.job];
  if (!job) return {};
  const parent = findRun(world, job, world.runs.slotAt(job, row.start), 0);
  return parent < 0 ? {} : { parentSessionId: sessionId(world, parent) };
}

/** The place of the session of one attempt of a run; -1 where it is older than the list of sessions. */
export function findRun(world: World, job: Job, slot: number, attempt: number): number {
  const start = world.runs.get(job, slot)?.attempts[attempt]?.start;
  return start === undefined ? -1 : findSession(world, 'run', job.index, start);
}

function findSession(
  { timeline: { columns } }: World,
  kind: SessionKind,
  job: number,
  start: number,
): number {
  for (let i = columns.firstFrom(start); i < columns.length && columns.start(i) === start; i += 1) {
    if (columns.kind(i) === kind && columns.job(i) === job) return i;
  }
  return -1;
}

/** A log backup belongs to the run before it. */
function relatedOf(world: World, row: SessionRow): string {
  const job = world.estate.jobs[row.job];
  if (row.kind !== 'logBackup' || !job) return ZERO_ID;
  const run = world.runs.get(job, row.slot);
  const index = run ? findRun(world, job, row.slot, run.attempts.length - 1) : -1;
  return index < 0 ? ZERO_ID : sessionId(world, index);
}

function transferOf(world: World, index: number, row: SessionRow, run: Run | undefined, now: number): Row {
  const job = jobOf(world, row);
  if (!run || !job) return {};
  const algorithm = { algorithm: run.isFull ? 'Full' : 'Increment' };
  const progress = { progress: sumProgress([...tasksOf(world, index, row, now)], row, now) };
  if (row.kind !== 'run' || row.attempt === 0) return { ...algorithm, ...progress };
  const original = findRun(world, job, row.slot, 0);
  return {
    ...algorithm,
    ...progress,
    ...(original >= 0 && { originalSessionId: sessionId(world, original) }),
    retryInfo: { isRecheckRetry: false, retryNumber: row.attempt },
  };
}

const BOTTLENECKS = ['Source', 'Source', 'Proxy', 'Network', 'Target', 'Target', 'TargetDisk'];

/** The numbers of a session are the sums of its tasks'. */
export function sumProgress(
  tasks: Task[],
  row: Pick<SessionRow, 'start' | 'end' | 'job' | 'slot'>,
  now: number,
): Row {
  const sum = (of: (task: Task) => number) => tasks.reduce((total, task) => total + of(task), 0);
  const seconds = Math.max(1, (Math.min(row.end, now) - row.start) / 1000);
  const percents = sum(({ percent }) => percent) / Math.max(1, tasks.length);
  return progressOf(
    {
      read: sum(({ read }) => read),
      sent: sum(({ sent }) => sent),
      processed: sum(({ processed }) => processed),
    },
    {
      seconds,
      percent: row.end <= now ? 100 : Math.floor(percents),
      n: hash(row.job, row.slot),
    },
  );
}

export function progressOf(
  bytes: { processed: number; read: number; sent: number },
  about: { seconds: number; percent: number; n: number },
): Row {
  const rate = bytes.read / about.seconds / 1e6;
  return {
    duration: durationText(about.seconds * 1000),
    processingRate: bytes.read === 0 ? 'N/A' : `${rate.toFixed(1).replace('.', ',')} MB`,
    bottleneck: bytes.read === 0 ? 'NotDefined' : (BOTTLENECKS[about.n % BOTTLENECKS.length] ?? 'None'),
    processedSize: bytes.processed,
    readSize: bytes.read,
    transferredSize: bytes.sent,
    progressPercent: about.percent,
  };
}
