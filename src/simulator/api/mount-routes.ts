import type { JobKind } from '../estate/types.ts';
import type { SessionKind, SessionRow } from '../history/sessions.ts';
import { unit } from '../random.ts';
import { MINUTE } from '../zone.ts';
import { type Call, listRoutes, type Routes } from './call.ts';
import { notFound } from './errors.ts';
import { listRows, type Row, toWhole } from './list.ts';
import { osFamily } from './platforms.ts';
import { sessionId } from './session-view.ts';

const INSTANT = '/api/v1/restore/instantRecovery';
const BROWSER = '/api/v1/backupBrowser';
const mount = { parameter: 'mountId' };
const browser = { parameter: 'sessionId', key: 'sessionId' };
const none = () => [];

/** Mounts are there only as long as their session runs. Nothing in the estate is recovered to a cloud or as a single disk. */
export const MOUNT_ROUTES: Routes = {
  ...listRoutes(`${INSTANT}/vSphere/vm`, (call) => instantMounts(call, 'vsphere'), mount),
  ...listRoutes(`${INSTANT}/hyperV/vm`, (call) => instantMounts(call, 'hyperv'), mount),
  ...listRoutes(`${INSTANT}/azure/vm`, none, mount),
  ...listRoutes(`${INSTANT}/vSphere/fcd`, none, mount),
  ...listRoutes(`${INSTANT}/unstructuredData`, none, mount),
  // Here the default limit is declared as 0, which can only mean everything.
  [`${INSTANT}/unstructuredData`]: ({ query, world }) =>
    query.has('limit') ? listRows(query, [], world.zone) : toWhole([]),
  [`${INSTANT}/azure/vm/{mountId}/sessions`]: ({ ids }) => {
    throw notFound(`Mount ${ids.mountId ?? ''}`);
  },
  ...listRoutes('/api/v1/dataIntegration', none, mount),
  ...listRoutes(`${BROWSER}/flr`, (call) => fileBrowsers(call), browser),
  [`${BROWSER}/flr/{sessionId}/audit`]: audit,
  ...listRoutes(`${BROWSER}/flr/unstructuredData`, (call) => shareBrowsers(call), browser),
  [`${BROWSER}/entraIdTenant/{sessionId}/restoreSessions`]: ({ ids }) => {
    throw notFound(`Session ${ids.sessionId ?? ''}`);
  },
  '/api/v1/restore/applicationItems/{browseSessionId}/childSessions': ({ ids }) => {
    throw notFound(`Session ${ids.browseSessionId ?? ''}`);
  },
};

type Open = { index: number; row: SessionRow };

/** Sessions of a kind that run now, for machines of jobs that fit. None lasts longer than a day. */
function openSessions({ world, now }: Call, kind: SessionKind, fits: (kind: JobKind) => boolean): Open[] {
  const { columns } = world.timeline;
  const { from, to } = world.visible();
  const open: Open[] = [];
  for (let index = Math.max(from, columns.firstFrom(now - 24 * 60 * MINUTE)); index < to; index += 1) {
    if (columns.kind(index) !== kind || columns.end(index) <= now) continue;
    const row = columns.row(index);
    const job = world.estate.jobs[world.estate.protected[row.job]?.job ?? -1];
    if (job && fits(job.kind)) open.push({ index, row });
  }
  return open;
}

function about({ world }: Call, { row }: Open) {
  const place = world.estate.protected[row.job];
  const link = place && world.storage.linksOf(place, row.start).at(-1);
  const machine = world.estate.machines[place?.machine ?? -1];
  return {
    machine,
    job: world.estate.jobs[place?.job ?? -1],
    pointId: world.ids.of('point', place?.index ?? -1, link?.slot ?? 0),
    pointAt: place && link ? world.storage.createdAt(place, link) : row.start,
  };
}

/** The machine is usable a few minutes after the session began. */
function instantMounts(call: Call, wanted: JobKind): Row[] {
  const { world, now } = call;
  return openSessions(call, 'instantRecovery', (kind) => kind === wanted).map((open) => {
    const { machine, job, pointId, pointAt } = about(call, open);
    const mountedAt =
      open.row.start + MINUTE + Math.floor(unit(3, open.row.slot, open.row.attempt) * 4 * MINUTE);
    return {
      id: world.ids.of('mount', open.index),
      sessionId: sessionId(world, open.index),
      state: now < mountedAt ? 'Mounting' : 'Mounted',
      spec: {
        restorePointId: pointId,
        type: 'OriginalLocation',
        secureRestore: { antivirusScanEnabled: false },
        powerUp: true,
        reason: 'Restore test',
      },
      vmName: machine?.name ?? '',
      jobName: job?.name ?? '',
      restorePointDate: world.stamps.zoned(pointAt),
      hostName: machine?.host ?? '',
    };
  });
}

function fileBrowsers(call: Call): Row[] {
  return openSessions(call, 'fileRestore', (kind) => kind !== 'nas').map((open) => {
    const { machine, pointId } = about(call, open);
    return {
      sessionId: sessionId(call.world, open.index),
      type: machine ? osFamily(machine) : 'Windows',
      properties: { pathSeparator: machine?.isLinux ? '/' : '\\' },
      sourceProperties: { machineName: machine?.name ?? '', restorePointName: machine?.name ?? '' },
      mountErrors: [],
      restorePointId: pointId,
    };
  });
}

function shareBrowsers(call: Call): Row[] {
  return openSessions(call, 'fileRestore', (kind) => kind === 'nas').map((open) => ({
    sessionId: sessionId(call.world, open.index),
    properties: { pathSeparator: '\\' },
    sourceProperties: {
      backupId: call.world.ids.of('backup', call.world.estate.protected[open.row.job]?.job ?? -1),
    },
  }));
}

/** What was restored in an open browser so far; the times are local ones without a zone. */
function audit(call: Call) {
  const { world, now, revision } = call;
  const open = openSessions(call, 'fileRestore', (kind) => kind !== 'nas').find(
    ({ index }) => sessionId(world, index) === call.ids.sessionId?.toLowerCase(),
  );
  if (!open) throw notFound(`Session ${call.ids.sessionId ?? ''}`);
  const { machine, job, pointId, pointAt } = about(call, open);
  const isDone = now - open.row.start > 2 * MINUTE;
  const items = isDone
    ? [
        {
          itemType: 'Folder',
          sourcePath: machine?.isLinux ? '/srv/data' : 'D:\\Data',
          targetPath: machine?.isLinux ? '/srv/data' : 'D:\\Data',
          targetHost: machine?.name ?? '',
          size: 734_003_200,
          restoreStatus: 'Succeeded',
          jobName: job?.name ?? '',
          restorePointId: pointId,
          restorePointDate: world.stamps.naive(pointAt),
          restoreStartTime: world.stamps.naive(open.row.start + MINUTE),
          restoreFinishTime: world.stamps.naive(open.row.start + 2 * MINUTE),
          restoreSessionId: sessionId(world, open.index),
          initiatorName: 'CORP\\operator',
          name: 'Data',
          ...(revision > 0 && { targetName: 'Data' }),
        },
      ]
    : [];
  return { items, pagination: { total: items.length, count: items.length } };
}
