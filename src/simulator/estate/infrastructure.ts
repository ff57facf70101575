import type { Ids } from '../ids.ts';
import { DOMAIN } from './names.ts';
import type { Proxy, ProxyKind, Server, ServerKind } from './types.ts';

/** The backup server, hypervisors, and hosts of proxies and repositories. The backup server comes first. */
export function buildServers(ids: Ids, jobs: number): Server[] {
  const servers: Server[] = [];
  const add = (name: string, kind: ServerKind, description: string, isBackupServer = false) => {
    const index = servers.length;
    servers.push({
      index,
      id: ids.of('server', index),
      name,
      description,
      kind,
      isBackupServer,
      isAvailable: true,
    });
  };
  add(`vbr01.${DOMAIN}`, 'WindowsHost', 'Backup server', true);
  add(`vcenter01.${DOMAIN}`, 'ViHost', 'vCenter Server');
  add(`hyperv01.${DOMAIN}`, 'HvServer', 'Hyper-V host');
  for (let i = 1; i <= proxyHosts(jobs); i += 1)
    add(`proxy${two(i)}.${DOMAIN}`, 'WindowsHost', 'Backup proxy');
  for (let i = 1; i <= repositoryHosts(jobs); i += 1) {
    const kind = i % 2 === 0 ? 'LinuxHost' : 'WindowsHost';
    add(`repo${two(i)}.${DOMAIN}`, kind, 'Backup repository');
  }
  return servers;
}

export function buildProxies(ids: Ids, servers: Server[]): Proxy[] {
  const hosts = servers.filter(({ description }) => description === 'Backup proxy');
  const proxies: Proxy[] = [];
  const add = (name: string, kind: ProxyKind, server: number, isOnline = true, isDisabled = false) => {
    const index = proxies.length;
    const description = kind === 'PVE' ? 'Worker, started on demand' : 'Created by VBR01\\administrator';
    proxies.push({
      index,
      id: ids.of('proxy', index),
      name,
      description,
      kind,
      server,
      isDisabled,
      isOnline,
    });
  };
  for (const host of hosts) add(host.name, 'ViProxy', host.index);
  add(`hyperv01.${DOMAIN}`, 'HvProxy', 2);
  add(`vbr01.${DOMAIN} (file)`, 'GeneralPurposeProxy', 0);
  add(`proxy-old.${DOMAIN}`, 'ViProxy', hosts[0]?.index ?? 0, false, true);
  add('pve-worker01', 'PVE', 0, false);
  return proxies;
}

const proxyHosts = (jobs: number) => Math.min(12, Math.max(2, Math.ceil(jobs / 25)));
const repositoryHosts = (jobs: number) => Math.min(30, Math.max(3, Math.ceil(jobs / 15)));
const two = (value: number) => String(value).padStart(2, '0');
