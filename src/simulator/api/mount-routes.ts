import { MINUTE } from '../zone.ts';
import { type Call, listRoutes, type Routes } from './call.ts';
import { notFound } from './errors.ts';
import { listRows, type Row, toWhole } from './list.ts';
import {
  about,
  azureMounts,
  diskMounts,
  type Open,
  openSessions,
  publications,
  shareMounts,
  virtualMachineMounts,
} from './mounts.ts';
import { osFamily } from './platforms.ts';
import { sessionId, toSession } from './session-view.ts';

const INSTANT = '/api/v1/restore/instantRecovery';
const BROWSER = '/api/v1/backupBrowser';
const mount = { parameter: 'mountId' };
const browser = { parameter: 'sessionId', key: 'sessionId' };

/** Mounts are there only as long as their session runs. */
export const MOUNT_ROUTES: Routes = {
  ...listRoutes(`${INSTANT}/vSphere/vm`, (call) => virtualMachineMounts(call, 'vsphere'), mount),
  ...listRoutes(`${INSTANT}/hyperV/vm`, (call) => virtualMachineMounts(call, 'hyperv'), mount),
  ...listRoutes(`${INSTANT}/azure/vm`, azureMounts, mount),
  ...listRoutes(`${INSTANT}/vSphere/fcd`, diskMounts, mount),
  ...listRoutes(`${INSTANT}/unstructuredData`, shareMounts, mount),
  // Here the default limit is declared as 0, which can only mean everything.
  [`${INSTANT}/unstructuredData`]: (call) => {
    const rows = shareMounts(call);
    if (call.query.has('limit')) return listRows(call.query, rows, call.world.zone);
    const everything = new Map([...call.query, ['limit', [rows.length]] as const]);
    return toWhole(listRows(everything, rows, call.world.zone).data);
  },
  [`${INSTANT}/azure/vm/{mountId}/sessions`]: (call) => {
    const { world, now, revision, ids } = call;
    const open = openSessions(call, ['azureMount']).find(
      ({ index }) => world.ids.of('mount', index) === ids.mountId?.toLowerCase(),
    );
    if (!open) throw notFound(`Mount ${ids.mountId ?? ''}`);
    return listRows(call.query, [toSession(world, open.index, now, revision)], world.zone);
  },
  ...listRoutes('/api/v1/dataIntegration', publications, mount),
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

const fileSessions = (call: Call): Open[] => openSessions(call, ['fileRestore', 'linuxFileRestore']);

function fileBrowsers(call: Call): Row[] {
  return fileSessions(call).map((open) => {
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
  return openSessions(call, ['nasRestore']).map((open) => ({
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
  const open = fileSessions(call).find(
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
