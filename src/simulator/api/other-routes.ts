import type { SessionRow } from '../history/sessions.ts';
import { DAY } from '../zone.ts';
import { type Call, listRoutes, type Routes } from './call.ts';
import { notFound } from './errors.ts';
import { listRows, type Row } from './list.ts';

const GROUPS = '/api/v1/agents/protectionGroups';

export const OTHER_ROUTES: Routes = {
  ...listRoutes('/api/v1/tasks', asyncTasks, {}),
  ...listRoutes(GROUPS, groups, {}),
  [`${GROUPS}/{id}/discoveredEntities`]: (call) => {
    const group = call.world.ids.of('group', 0);
    if (call.ids.id?.toLowerCase() !== group) throw notFound(`Protection group ${call.ids.id ?? ''}`);
    return listRows(call.query, computers(call, group), call.world.zone);
  },
  '/api/v1/agents/discoveredEntities/states': (call) => {
    const rows = computers(call, '').map(({ id, name }) => ({ id, name, status: 'Online' }));
    return listRows(call.query, rows, call.world.zone);
  },
  '/api/v1/highAvailabilityCluster': cluster,
};

/** The backup server has a second node that follows it. */
function cluster({ world }: Call): Row {
  const node = (n: number) => ({
    id: world.ids.of('server', -2 - n),
    name: `VBR0${n}`,
    ipAddress: `10.20.0.${10 + n}`,
    fqdn: `vbr0${n}.corp.example`,
    role: n === 1 ? 'Leader' : 'SyncStandby',
    state: n === 1 ? 'Running' : 'Streaming',
    timeline: '1',
    lagMb: 0,
  });
  return {
    id: world.ids.of('server', -2),
    primaryNode: node(1),
    secondaryNode: node(2),
    name: 'vbr',
    clusterEndpoint: '10.20.0.10',
    clusterDnsName: 'vbr.corp.example',
    isCrossSubnetMode: false,
  };
}

/** Short operations that the API itself started: here the rescans of the last days. */
function asyncTasks({ world, now }: Call): Row[] {
  const { columns } = world.timeline;
  const { from, to } = world.visible();
  const rows: Row[] = [];
  for (let index = to - 1; index >= Math.max(from, columns.firstFrom(now - 7 * DAY)); index -= 1) {
    if (columns.kind(index) === 'rescan')
      rows.push(asyncTask(world.ids.of('asyncTask', index), columns.row(index), { world, now }));
  }
  return rows;
}

function asyncTask(id: string, row: SessionRow, { world, now }: Pick<Call, 'world' | 'now'>): Row {
  const isDone = row.end <= now;
  return {
    id,
    type: 'HierarchyRescan',
    name: 'Rescan of vcenter01.corp.example',
    state: isDone ? 'Stopped' : 'Working',
    progressPercent: isDone ? 100 : 50,
    creationTime: world.stamps.zoned(row.start),
    ...(isDone && { endTime: world.stamps.zoned(row.end) }),
    result: isDone ? row.result : 'None',
    serverName: 'vcenter01.corp.example',
  };
}

function groups({ world }: Call): Row[] {
  const id = world.ids.of('group', 0);
  return [
    {
      id,
      name: 'Servers',
      description: 'Computers with agents',
      type: 'IndividualComputers',
      isDisabled: false,
      computers: agents(world).map(({ name }) => ({
        hostName: name,
        connectionType: 'PermanentCredentials',
        credentialsId: world.ids.of('credentials', 60),
      })),
    },
  ];
}

const agents = ({ estate }: Call['world']) =>
  estate.jobs
    .filter(({ kind }) => kind === 'windowsAgent' || kind === 'linuxAgent')
    .flatMap(({ first, count }) => estate.protected.slice(first, first + count))
    .flatMap(({ machine }) => estate.machines[machine] ?? []);

function computers({ world, now, revision }: Call, group: string): Row[] {
  return agents(world).map(({ index, name, isLinux }) => ({
    id: world.ids.of('computer', index),
    name,
    parentId: group,
    protectionGroupId: group,
    type: 'Computer',
    state: 'Online',
    agentStatus: 'Installed',
    agentVersion: '13.0.1.180',
    driverStatus: isLinux ? 'NotInstalled' : 'Installed',
    rebootRequired: false,
    ipAddresses: [`10.30.${index % 250}.${(index >>> 8) + 10}`],
    lastConnected: world.stamps.zoned(now - 600_000),
    operatingSystemPlatform: 'X64',
    objectId: world.ids.of('workload', index),
    biosUuid: world.ids.of('bios', index),
    plugins: [],
    ...(revision > 0 && { isTrusted: true }),
  }));
}
