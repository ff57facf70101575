import { enumValues, spell } from '../contract/enums.ts';
import type { Proxy, Server } from '../estate/types.ts';
import { type Call, listRoutes, type Routes } from './call.ts';
import type { Row } from './list.ts';
import { listRows } from './list.ts';

const ROOT = '/api/v1/backupInfrastructure';

export const INFRASTRUCTURE_ROUTES: Routes = {
  ...listRoutes(`${ROOT}/proxies`, (call) => proxiesOf(call).map((proxy) => proxyDetails(call, proxy)), {}),
  [`${ROOT}/proxies/states`]: (call) =>
    listRows(
      call.query,
      proxiesOf(call).map((proxy) => proxyState(call, proxy)),
      call.world.zone,
    ),
  ...listRoutes(`${ROOT}/managedServers`, managedServers, {}),
  ...listRoutes(`${ROOT}/wanAccelerators`, wanAccelerators, {}),
  ...listRoutes(`${ROOT}/mountServers`, mountServers, {}),
};

/** Proxies whose type the revision knows. */
const proxiesOf = ({ world, revision }: Call) =>
  world.estate.proxies.filter(({ kind }) => enumValues('EProxyType', revision)?.has(kind));

function proxyState({ world }: Call, proxy: Proxy): Row {
  const host = world.estate.servers[proxy.server];
  return {
    id: proxy.id,
    name: proxy.name,
    description: proxy.description,
    type: proxy.kind,
    hostId: host?.id,
    hostName: host?.name ?? '',
    isDisabled: proxy.isDisabled,
    isOnline: proxy.isOnline,
    isOutOfDate: false,
  };
}

function proxyDetails({ world, revision }: Call, { id, name, description, kind, server }: Proxy): Row {
  const host = world.estate.servers[server];
  const common = { hostId: host?.id, hostName: host?.name ?? '', maxTaskCount: 4 };
  const transportMode = spell('EBackupProxyTransportMode', 'Auto', revision);
  const vi = { transportMode, failoverToNetwork: true, hostToProxyEncryption: false };
  return { id, name, description, type: kind, server: kind === 'ViProxy' ? { ...common, ...vi } : common };
}

function managedServers({ world }: Call): Row[] {
  return world.estate.servers.map((server) =>
    managedServer(server, world.ids.of('credentials', server.index)),
  );
}

function managedServer(server: Server, credentialsId: string): Row {
  const { id, name, description, kind, isAvailable, isBackupServer } = server;
  const common = { id, name, description, type: kind, status: isAvailable ? 'Available' : 'Unavailable' };
  if (kind === 'ViHost') return { ...common, credentialsId, viHostType: 'VC', port: 443 };
  const managed = {
    ...common,
    credentialsStorageType: 'Permanent',
    credentialsId,
    updatesState: 'NotAvailable',
  };
  return kind === 'HvServer' ? { ...managed, maxTaskCount: 4 } : { ...managed, isBackupServer };
}

function wanAccelerators({ world }: Call): Row[] {
  return world.estate.servers
    .filter(({ description }) => description === 'Backup proxy')
    .slice(0, 2)
    .map(({ id, name, index }) => ({
      id: world.ids.of('wan', index),
      name,
      server: {
        hostId: id,
        description: '',
        trafficPort: 6165,
        streamsCount: 5,
        highBandwidthModeEnabled: false,
      },
      cache: { cacheFolder: 'C:\\VeeamWAN', cacheSize: 100, cacheSizeUnit: 'GB' },
    }));
}

function mountServers({ world, revision }: Call): Row[] {
  return world.estate.servers
    .filter(({ kind }) => kind === 'WindowsHost' || kind === 'LinuxHost')
    .slice(0, 4)
    .map(({ index, kind, isBackupServer }) => ({
      id: world.ids.of('mountServer', index),
      type: spell('EMountServerType', kind === 'LinuxHost' ? 'Linux' : 'Windows', revision),
      settings: {
        writeCacheFolder: kind === 'LinuxHost' ? '/var/lib/veeam/cache' : 'C:\\ProgramData\\Veeam\\Cache',
        vPowerNFSEnabled: kind !== 'LinuxHost',
      },
      isDefault: isBackupServer,
    }));
}
