import { spell } from '../contract/enums.ts';
import type { Job, Protected } from '../estate/types.ts';
import type { Link } from '../history/chains.ts';
import { protectingAttempt } from '../history/runs.ts';
import { placeOf } from './backup-routes.ts';
import { type Call, childList, type Routes } from './call.ts';
import { notFound } from './errors.ts';
import { filterRows, orderRows, type Row, toPage } from './list.ts';
import { malwareAt } from './malware.ts';
import { osFamily, platformId, platformName } from './platforms.ts';
import { firstOf, numberOf, type Query, textOf } from './query.ts';
import { findRun, sessionId } from './session-view.ts';

export const POINT_ROUTES: Routes = {
  '/api/v1/restorePoints': allPoints,
  '/api/v1/restorePoints/{id}': (call) => toPoint(call, ...pointOf(call)),
  '/api/v1/restorePoints/{id}/disks': (call) => childList(call, disks(call, pointOf(call)[0])),
  '/api/v1/backupObjects/{id}/restorePoints': (call) => {
    const place = placeOf(call);
    const rows = call.world.storage.linksOf(place, call.now).map((link) => toPoint(call, place, link));
    return childList(call, rows.reverse());
  },
};

/** Limits of time, the backup and the object are looked up; other filters need the rows. Newest first by default. */
function allPoints(call: Call) {
  const { world, query, now } = call;
  const index = world.points(now);
  const after = numberOf(query, 'createdAfterFilter');
  const before = numberOf(query, 'createdBeforeFilter');
  const from = after === undefined ? 0 : index.firstFrom(after);
  const to = Math.max(from, before === undefined ? index.length : index.firstFrom(before + 1));
  const others = [...query.keys()].filter((name) => name.endsWith('Filter') && !name.startsWith('created'));
  const column = textOf(query, 'orderColumn') ?? 'CreationTime';
  const isAscending = firstOf(query, 'orderAsc') === true;
  const rowAt = (position: number) => toPoint(call, index.place(position), index.link(position));
  if (others.length === 0 && column === 'CreationTime') {
    return toPage(query, to - from, (skip, limit) =>
      Array.from({ length: limit }, (_, i) => rowAt(isAscending ? from + skip + i : to - 1 - skip - i)),
    );
  }
  const rows: Row[] = [];
  const fits = placeTest(call);
  for (let position = to - 1; position >= from; position -= 1)
    if (fits(index.place(position))) rows.push(rowAt(position));
  const found = orderRows(
    query,
    filterRows(withoutPlaces(query), excludeSnapshots(query, rows), world.zone),
    world.zone,
  );
  return toPage(query, found.length, (skip, limit) => found.slice(skip, skip + limit));
}

/** A backup object is not in the row, so that its filter has to be applied here. */
function placeTest({ world, query }: Call): (place: Protected) => boolean {
  const backup = textOf(query, 'backupIdFilter');
  const object = textOf(query, 'backupObjectIdFilter');
  const [job = -1] = world.ids.read('backup', backup ?? '') ?? [];
  const [index = -1] = world.ids.read('object', object ?? '') ?? [];
  return (place) =>
    (backup === undefined || place.job === job) && (object === undefined || place.index === index);
}

const PLACES = ['backupIdFilter', 'backupObjectIdFilter', 'excludeSnapshotTypeFilter'];
const withoutPlaces = (query: Query): Query => new Map([...query].filter(([name]) => !PLACES.includes(name)));

function excludeSnapshots(query: Query, rows: Row[]): Row[] {
  const types = query.get('excludeSnapshotTypeFilter');
  return types ? rows.filter(({ snapshotType }) => !types.includes(snapshotType as number)) : rows;
}

function pointOf({ world, ids, now }: Call): [Protected, Link] {
  const [index = -1, slot = -1] = world.ids.read('point', ids.id ?? '') ?? [];
  const place = world.estate.protected[index];
  const link = place && world.storage.linksOf(place, now).find((one) => one.slot === slot);
  if (!place || !link) throw notFound(`Restore point ${ids.id ?? ''}`);
  return [place, link];
}

/** Copies keep the time and the session of their source. Points of shares say less than others. */
function toPoint(call: Call, place: Protected, link: Link): Row {
  const { world, revision, now } = call;
  const job = world.estate.jobs[place.originJob] as Job;
  const machine = world.estate.machines[place.machine];
  const isShare = job.kind === 'nas';
  const created = world.storage.createdAt(place, link);
  return {
    id: world.ids.of('point', place.index, link.slot),
    name: machine?.name ?? '',
    platformName: platformName(job.kind, revision),
    platformId: platformId(job.kind),
    creationTime: world.stamps.zoned(created),
    backupId: world.ids.of('backup', place.job),
    ...(!isShare && { type: link.isFull ? 'Full' : 'Increment' }),
    sessionId: sourceSession(call, place, link),
    allowedOperations: operationsOf(job),
    ...(!isShare && { malwareStatus: malwareAt(world, place, created, now) }),
    ...(!isShare && { backupFileId: world.ids.of('file', place.index, link.slot) }),
    guestOsFamily: machine ? osFamily(machine) : 'Unknown',
    originalSize:
      isShare || world.draft.recovery.sizeless.has(place.machine) ? 0 : (machine?.provisionedBytes ?? 0),
    ...(revision === 2 && {
      tag: '',
      snapshotType: 0,
      gfsPeriods: link.gfs.length > 0 ? link.gfs : ['None'],
    }),
  };
}

/** Sessions that are older than the list of sessions still have their ids in points. */
function sourceSession({ world }: Call, place: Protected, link: Link): string {
  const origin = world.estate.jobs[place.originJob] as Job;
  const index = findRun(world, origin, link.slot, protectingAttempt(link.run, place.originSlot));
  return index >= 0 ? sessionId(world, index) : world.ids.of('session', -1 - place.originJob, link.slot);
}

function operationsOf({ kind }: Job): string[] {
  if (kind === 'vsphere') return ['StartViVMInstantRecovery', 'StartEntireVmRestore', 'StartFlrRestore'];
  if (kind === 'hyperv') return ['StartHvVMInstantRecovery', 'StartEntireVmRestoreHyperV', 'StartFlrRestore'];
  return kind === 'nas' ? [] : ['StartFlrRestore'];
}

function disks({ world, revision }: Call, place: Protected): Row[] {
  const job = world.estate.jobs[place.originJob] as Job;
  const machine = world.estate.machines[place.machine];
  const platform = spell('EPlatformType', platformName(job.kind, revision), revision);
  const capacity = machine?.provisionedBytes ?? 0;
  const disk = {
    platform,
    uid: `2000-${place.machine}`,
    type: DISK_TYPES[platform] ?? 'Unknown',
    name: `${machine?.name ?? ''}.vmdk`,
    capacity,
    state: 'Processed',
  };
  if (platform !== 'HyperV') return [disk];
  const path = `C:\\ClusterStorage\\${machine?.name ?? ''}.vhdx`;
  return [
    { ...disk, diskExtents: [{ uid: disk.uid, name: `${machine?.name ?? ''}.vhdx`, path, size: capacity }] },
  ];
}

const DISK_TYPES: Record<string, string> = {
  VMware: 'Vi',
  HyperV: 'Hv',
  WindowsPhysical: 'EndPoint',
  LinuxPhysical: 'EndPoint',
};
