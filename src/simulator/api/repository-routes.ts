import { enumValues, spell } from '../contract/enums.ts';
import type { RevisionIndex } from '../contract/revisions.ts';
import { isUnlimited, spaceAt, volumeBytes } from '../estate/space.ts';
import type { Repository } from '../estate/types.ts';
import { type Call, listRoutes, type Routes } from './call.ts';
import { listRows, type Row } from './list.ts';
import { firstOf } from './query.ts';
import { repositoryDetails } from './repository-details.ts';

const ROOT = '/api/v1/backupInfrastructure';
const GIB = 2 ** 30;

export const REPOSITORY_ROUTES: Routes = {
  ...listRoutes(
    `${ROOT}/repositories`,
    (call) => modelled(call).map((one) => repositoryDetails(call, one, repositoryType(one, call.revision))),
    {},
  ),
  [`${ROOT}/repositories/states`]: (call) => listRows(call.query, states(call), call.world.zone),
  ...listRoutes(`${ROOT}/scaleOutRepositories`, scaleOuts, {}),
};

/** Older revisions call appliances by other names. */
const FORMER: Partial<Record<Repository['kind'], string>> = {
  DellDataDomain: 'DDBoost',
  HPEStoreOnce: 'HPStoreOnceIntegration',
};

function repositoryType({ kind }: Repository, revision: RevisionIndex): string {
  const former = FORMER[kind];
  return former ? spell('ERepositoryType', kind, revision, former) : kind;
}

const shown = ({ world, query }: Call) =>
  world.estate.repositories.filter(({ extent }) => !extent || firstOf(query, 'excludeExtents') !== true);

/** Deduplicating appliances have a model of their own only from 1.3-rev2 on; before, the states alone show them. */
const modelled = (call: Call) =>
  shown(call).filter(({ kind }) => FORMER[kind] === undefined || call.revision === 2);

/** `usedSpaceGB` is what backups take; free is what is left on the volume, also by others and by other repositories on it. */
function states(call: Call): Row[] {
  const { world, now, revision } = call;
  const used = world.storage.usedBytes(now);
  return shown(call).map((one) => {
    const host = world.estate.servers[one.server];
    const type = repositoryType(one, revision);
    return {
      id: one.id,
      name: one.name,
      type: enumValues('ERepositoryType', revision)?.has(type) ? type : 'Foreign',
      description: one.description,
      ...(host && { hostId: host.id, hostName: host.name }),
      ...(one.path !== '' && { path: one.path }),
      ...space(call, one, used),
      isOnline: spaceAt(one, now).isOnline,
      ...(one.extent && { scaleOutRepositoryDetails: membership(call, one) }),
      isOutOfDate: false,
    };
  });
}

function space({ world, now }: Call, one: Repository, used: number[]): Row {
  const { capacityBytes, foreignBytes, isOnline } = spaceAt(one, now);
  if (!isOnline) return { capacityGB: 0, freeGB: 0, usedSpaceGB: 0 };
  const tiered = one.extent && one.extent.tier !== 'Performance' ? foreignBytes : 0;
  const usedSpaceGB = ((used[one.index] ?? 0) + tiered) / GIB;
  if (isUnlimited(one)) return { capacityGB: -1, freeGB: -1, usedSpaceGB };
  const free = capacityBytes - volumeBytes(world.estate, used, one.volume, now);
  const isObject = one.kind === 'S3Compatible' || one.kind === 'AzureBlob';
  return {
    capacityGB: capacityBytes / GIB,
    freeGB: (isObject ? free : Math.max(0, free)) / GIB,
    usedSpaceGB,
  };
}

function membership({ world }: Call, { extent }: Repository): Row {
  const scaleOut = world.estate.scaleOuts[extent?.scaleOut ?? 0];
  return { membership: scaleOut?.name ?? '', scaleOutRepositoryId: scaleOut?.id, extentType: extent?.tier };
}

const archiveTier = (extent: Repository | undefined): Row =>
  extent ? { isEnabled: true, extentId: extent.id, archivePeriodDays: 90 } : { isEnabled: false };

function scaleOuts({ world }: Call): Row[] {
  const { repositories } = world.estate;
  return world.estate.scaleOuts.map((one) => {
    const extents = one.extents.flatMap((index) => repositories[index] ?? []);
    const ofTier = (tier: string) => extents.filter(({ extent }) => extent?.tier === tier);
    return {
      id: one.id,
      name: one.name,
      description: one.description,
      uniqueId: one.id,
      performanceTier: {
        performanceExtents: ofTier('Performance').map(({ id, name, extent }) => ({
          id,
          name,
          status: [extent?.isInMaintenance ? 'Maintenance' : 'Normal'],
        })),
        advancedSettings: { perVmBackup: true, fullWhenExtentOffline: false },
      },
      placementPolicy: { type: 'DataLocality' },
      capacityTier: {
        isEnabled: true,
        extents: ofTier('Capacity').map(({ id }) => ({ id })),
        copyPolicyEnabled: one.moveAfterDays === undefined,
        movePolicyEnabled: true,
        operationalRestorePeriodDays: one.moveAfterDays ?? 14,
      },
      archiveTier: archiveTier(ofTier('Archive')[0]),
    };
  });
}
