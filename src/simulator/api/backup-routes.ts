import type { RevisionIndex } from '../contract/revisions.ts';
import { isKnownJob, type Job, type Protected, SCALE_OUT_BASE, targetAt } from '../estate/types.ts';
import type { Link } from '../history/chains.ts';
import { listedSizes } from '../history/oddities.ts';
import { hash } from '../random.ts';
import type { World } from '../world.ts';
import { type Call, childList, listRoutes, type Routes } from './call.ts';
import { notFound } from './errors.ts';
import { targetId } from './job-details.ts';
import { latestRun } from './job-states.ts';
import type { Row } from './list.ts';
import { listRows } from './list.ts';
import { malwareAt } from './malware.ts';
import { isAgent, jobType, platformId, platformName } from './platforms.ts';

export const BACKUP_ROUTES: Routes = {
  ...listRoutes('/api/v1/backups', (call) => keeping(call).map((job) => backup(call, job)), {}),
  '/api/v1/backups/{id}/objects': (call) =>
    childList(
      call,
      placesOf(call, backupOf(call)).flatMap((place) => backupObjects(call, place)),
    ),
  '/api/v1/backups/{id}/backupFiles': (call) =>
    listRows(call.query, files(call, backupOf(call)), call.world.zone),
  '/api/v1/backups/{id}/backupFiles/{backupFileId}': (call) => {
    const id = call.ids.backupFileId?.toLowerCase();
    const file = files(call, backupOf(call)).find((one) => one.id === id);
    if (!file) throw notFound(`Backup file ${id ?? ''}`);
    return file;
  },
  '/api/v1/backups/moveCopySessions': () => [],
  '/api/v1/backupObjects': (call) => {
    const places = call.world.estate.protected.filter(
      ({ job }) => call.world.estate.jobs[job]?.kind !== 'replica',
    );
    return listRows(
      call.query,
      places.flatMap((place) => backupObjects(call, place)),
      call.world.zone,
    );
  },
  '/api/v1/backupObjects/{id}': (call) => backupObject(call, placeOf(call)),
};

/** Jobs that have left something: only those have a backup. */
function keeping({ world, now }: Call): Job[] {
  return world.estate.jobs.filter((job) => job.kind !== 'replica' && world.chains.at(job, now).length > 0);
}

function backupOf(call: Call): Job {
  const [index = -1] = call.world.ids.read('backup', call.ids.id ?? '') ?? [];
  const job = keeping(call).find((one) => one.index === index);
  if (!job) throw notFound(`Backup ${call.ids.id ?? ''}`);
  return job;
}

/** @throws ApiError 404 for the id of no backup object */
export function placeOf({ world, ids }: Call): Protected {
  const [index = -1] = world.ids.read('object', ids.id ?? '') ?? [];
  const place = world.estate.protected[index];
  if (!place || world.estate.jobs[place.job]?.kind === 'replica')
    throw notFound(`Backup object ${ids.id ?? ''}`);
  return place;
}

const placesOf = ({ world }: Call, { first, count }: Job) =>
  world.estate.protected.slice(first, first + count);

/** The time of creation is that of the oldest point that is left: it moves on with retention. */
function backup(call: Call, job: Job): Row {
  const { world, now, revision } = call;
  const oldest = world.chains.at(job, now)[0]?.created ?? now;
  const at = targetAt(job, now);
  const target = world.estate.repositories[at] ?? world.estate.scaleOuts[at - SCALE_OUT_BASE];
  return {
    id: world.ids.of('backup', job.index),
    ...(isKnownJob(job, now) && { jobId: job.id }), // absent where the job is gone or never was here
    policyUniqueId: job.id,
    name: job.name,
    platformName: platformName(job.kind, revision),
    platformId: platformId(job.kind),
    creationTime: world.stamps.naive(oldest),
    repositoryId: targetId(call, job),
    repositoryName: target?.name ?? '',
    jobType: jobType(job.kind, revision),
  };
}

function files(call: Call, job: Job): Row[] {
  return placesOf(call, job)
    .flatMap((place) =>
      call.world.storage.linksOf(place, call.now).map((link) => file(call, job, place, link)),
    )
    .reverse();
}

function file(call: Call, job: Job, place: Protected, link: Link): Row {
  const { world, revision } = call;
  const { ids, storage, stamps } = world;
  const { created, sizes } = storage.toPoint(place, link);
  const objectId = ids.of('object', place.index);
  return {
    id: ids.of('file', place.index, link.slot),
    name: fileName(call, job, place, link, created),
    backupId: ids.of('backup', job.index),
    ...(revision === 2 ? { objectIds: [objectId] } : { objectId }),
    ...(revision === 0 && { restorePointId: ids.of('point', place.index, link.slot) }), // required there by a slip of the vendor
    restorePointIds: [ids.of('point', place.index, link.slot)],
    ...listedSizes(sizes, world.draft.efficiency?.odd.get(place.index), link.slot),
    creationTime: stamps.naive(created),
    gfsPeriods: link.gfs.length > 0 ? link.gfs : ['None'],
    ...(revision === 2 && { severity: malwareAt(world, place, created, call.now) }),
  };
}

function fileName({ world, now }: Call, job: Job, place: Protected, link: Link, created: number): string {
  const repository = world.estate.repositories[world.storage.repositoryOf(place, now, link)];
  const path = repository?.path || repository?.name || '';
  const stamp = new Date(world.zone.toLocal(created))
    .toISOString()
    .slice(0, 19)
    .replace('T', 'D')
    .replaceAll(':', '');
  const machine = (world.estate.machines[place.machine]?.name ?? '').replace(/[\\/]+/g, '_');
  const slash = path.includes('\\') ? '\\' : '/';
  const tail = hash(place.index, link.slot).toString(16).slice(0, 4).toUpperCase().padStart(4, '0');
  return [path, job.name, `${machine}${stamp}_${tail}.${link.isFull ? 'vbk' : 'vib'}`].join(slash);
}

/** A machine that was renamed at some time is there twice, under one id. */
function backupObjects(call: Call, place: Protected): Row[] {
  const row = backupObject(call, place);
  if (!call.world.draft.recovery.outdated.has(place.index)) return [row];
  return [{ ...row, name: `outdated_${String(row.name)}`, restorePointsCount: 0 }, row];
}

/** Copies of a machine are of its own platform, whatever their job is called. */
function backupObject(call: Call, place: Protected): Row {
  const { world, revision, now } = call;
  const job = world.estate.jobs[place.job];
  const origin = world.estate.jobs[place.originJob];
  const machine = world.estate.machines[place.machine];
  if (!job || !origin || !machine) throw notFound('Backup object');
  const links = world.storage.linksOf(place, now);
  const latest = latestRun(call, job);
  const failed = latest?.result === 'Failed' && (latest.failedSlots?.includes(place.slot) ?? true);
  return {
    id: world.ids.of('object', place.index),
    name: machine.name,
    type: typeOf(origin),
    platformName: platformName(origin.kind, revision),
    platformId: platformId(origin.kind),
    restorePointsCount: links.length,
    lastRunFailed: failed,
    ...(revision === 2 && {
      backupId: world.ids.of('platform', place.job),
      size: sizeOf(call, place, links),
    }),
    ...identityOf(world, revision, place),
  };
}

const sizeOf = ({ world }: Call, place: Protected, links: readonly Link[]): number =>
  links.reduce((sum, link) => sum + world.storage.readSizes(place, link, link.isFull).backupSize, 0);

function typeOf(job: Job): string {
  if (isAgent(job)) return 'Computer';
  return job.kind === 'nas' ? 'FileShare' : 'VM';
}

/** What an object says of the machine it is: its id on the platform or of its hardware, where the revision has room for it. */
export function identityOf(
  { ids, estate }: World,
  revision: RevisionIndex,
  { machine, originJob }: Pick<Protected, 'machine' | 'originJob'>,
): Row {
  const job = estate.jobs[originJob];
  if (!job) return {};
  const path = `${estate.machines[machine]?.host ?? ''}\\${estate.machines[machine]?.name ?? ''}`;
  if (platformName(job.kind, revision) === 'VMware')
    return { objectId: `vm-${1000 + machine}`, viType: 'VirtualMachine', path };
  if (isAgent(job)) {
    const known = revision === 2 || job.kind === 'linuxAgent';
    return known
      ? {
          biosUuid: ids.of('bios', machine),
          protectionGroupIds: [ids.of('group', 0)],
          computerId: ids.of('computer', machine),
        }
      : {};
  }
  if (revision < 2) return {};
  if (job.kind === 'hyperv') return { objectId: ids.of('computer', machine), hvType: 'VirtualMachine', path };
  if (job.kind === 'nas') return { hostId: ids.of('computer', machine) };
  return { objectId: `vm-${1000 + machine}` };
}
