import type { Ids } from '../ids.ts';
import { whole } from '../random.ts';
import type { Repository, RepositoryKind, ScaleOut, Server } from './types.ts';

export const TIB = 2 ** 40;

type Plan = Pick<Repository, 'name' | 'kind'> & Partial<Repository>;

/**
 * Repositories of the estate; the main ones that jobs write to come first. `odd` adds what a tidy estate does not have:
 * an extent in maintenance and a repository that is offline.
 */
export function buildRepositories(ids: Ids, servers: Server[], options: { seed: number; odd: boolean }) {
  const hosts = servers.filter(({ description }) => description === 'Backup repository');
  const repositories = [
    ...mainPlans(hosts),
    ...scaleOutPlans(hosts, options.odd),
    ...otherPlans(hosts, options.odd),
  ].map(
    (plan, index): Repository => ({
      index,
      id: ids.of('repository', index),
      description: plan.description ?? 'Created by VBR01\\administrator',
      server: -1,
      path: '',
      capacityBytes: 0,
      foreignBytes: whole(20, 120, options.seed, 201, index) * 2 ** 30,
      isOnline: true,
      immutableDays: 0,
      volume: index,
      ...plan,
    }),
  );
  const volumeOf = repositories.findIndex(({ name }) => name === 'Shared volume A');
  for (const one of repositories) if (one.name.startsWith('Shared volume')) one.volume = volumeOf;
  return { repositories, scaleOuts: [toScaleOut(ids, repositories)] };
}

/** One repository on each host: Windows, Linux and hardened Linux in turn. */
function mainPlans(hosts: Server[]): Plan[] {
  return hosts.map((host, i): Plan => {
    const number = String(i + 1).padStart(2, '0');
    const isLinux = host.kind === 'LinuxHost';
    const kind: RepositoryKind = isLinux ? (i % 4 === 1 ? 'LinuxHardened' : 'LinuxLocal') : 'WinLocal';
    const path = isLinux ? `/mnt/backup${number}` : 'D:\\Backups';
    return {
      name: `Repository ${number}`,
      kind,
      server: host.index,
      path,
      immutableDays: kind === 'LinuxHardened' ? 14 : 0,
    };
  });
}

function scaleOutPlans(hosts: Server[], odd: boolean): Plan[] {
  const linux = hosts.filter(({ kind }) => kind === 'LinuxHost');
  const performance = ['A', 'B', ...(odd ? ['C'] : [])].map((letter, i): Plan => {
    const server = linux[i % Math.max(1, linux.length)]?.index ?? 0;
    const extent = { scaleOut: 0, tier: 'Performance' as const, isInMaintenance: letter === 'C' };
    return {
      name: `SOBR extent ${letter}`,
      kind: 'LinuxHardened',
      server,
      path: `/mnt/sobr${letter}`,
      immutableDays: 21,
      extent,
    };
  });
  return [
    ...performance,
    {
      name: 'SOBR capacity tier',
      kind: 'S3Compatible',
      immutableDays: 30,
      extent: { scaleOut: 0, tier: 'Capacity', isInMaintenance: false },
    },
    {
      name: 'SOBR archive tier',
      kind: 'AmazonS3Glacier',
      capacityBytes: -1,
      extent: { scaleOut: 0, tier: 'Archive', isInMaintenance: false },
    },
  ];
}

function otherPlans(hosts: Server[], odd: boolean): Plan[] {
  const server = hosts[0]?.index ?? 0;
  return [
    { name: 'Shared volume A', kind: 'WinLocal', server, path: 'E:\\VeeamA' },
    { name: 'Shared volume B', kind: 'WinLocal', server, path: 'E:\\VeeamB' },
    { name: 'NAS share', kind: 'Smb', path: '\\\\nas01\\veeam' },
    { name: 'NFS export', kind: 'Nfs', path: 'nas02:/export/veeam' },
    { name: 'Azure offsite', kind: 'AzureBlob', capacityBytes: -1, immutableDays: 30, foreignBytes: 0 },
    {
      name: 'Default Backup Repository',
      kind: 'WinLocal',
      server: 0,
      path: 'C:\\Backup',
      description: 'Created by Veeam Backup',
    },
    { name: 'Data Domain', kind: 'DellDataDomain', path: 'dd01:/veeam-su' },
    ...(odd
      ? [{ name: 'Branch office', kind: 'Smb' as const, path: '\\\\branch01\\backup', isOnline: false }]
      : []),
  ];
}

function toScaleOut(ids: Ids, repositories: Repository[]): ScaleOut {
  const extents = repositories.filter(({ extent }) => extent).map(({ index }) => index);
  return {
    index: 0,
    id: ids.of('repository', 1_000_000),
    name: 'Scale-out 1',
    description: 'Scale-out backup repository',
    extents,
  };
}
