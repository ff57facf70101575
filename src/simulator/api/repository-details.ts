import { spell } from '../contract/enums.ts';
import { isUnlimited } from '../estate/space.ts';
import type { Repository } from '../estate/types.ts';
import type { Call } from './call.ts';
import type { Row } from './list.ts';

/** A repository as it is set up; what it has depends on its type. */
export function repositoryDetails(call: Call, one: Repository, type: string): Row {
  const { id, name, description } = one;
  return { id, name, description, uniqueId: id, type, ...variant(call, one) };
}

function variant(call: Call, one: Repository): Row {
  switch (one.kind) {
    case 'WinLocal':
      return {
        hostId: hostOf(call, one),
        repository: { path: one.path, ...TASKS },
        mountServer: mountServer(call),
      };
    case 'LinuxLocal':
    case 'LinuxHardened':
      return { hostId: hostOf(call, one), repository: linux(one), mountServer: mountServer(call) };
    case 'Smb':
    case 'Nfs':
      return {
        share: {
          sharePath: one.path,
          ...(one.kind === 'Smb' && { credentialsId: call.world.ids.of('credentials', 52) }),
          gatewayServer: { autoSelectEnabled: true },
        },
        repository: TASKS,
        mountServer: mountServer(call),
      };
    case 'S3Compatible':
      return {
        ...LIMIT,
        account: { ...account(call), servicePoint: 'https://s3.corp.example', regionId: 'eu-1' },
        bucket: bucket(one, !isUnlimited(one)),
        mountServer: mountServer(call),
      };
    case 'AmazonS3Glacier':
      return {
        account: { ...account(call), regionType: 'Global' },
        bucket: {
          regionId: 'eu-central-1',
          bucketName: 'archive',
          folderName: 'veeam',
          immutabilityEnabled: false,
          useDeepArchive: true,
        },
      };
    case 'AzureBlob':
      return {
        ...LIMIT,
        account: { ...account(call), regionType: 'Global' },
        container: { containerName: 'veeam', ...bucketBase(one, false) },
        mountServer: mountServer(call),
      };
    case 'DellDataDomain':
      return dataDomain(call, one);
    case 'HPEStoreOnce':
      return storeOnce(call, one);
  }
}

const LIMIT = { taskLimitEnabled: true, maxTaskCount: 4 };
const TASKS = { ...LIMIT, readWriteLimitEnabled: false };

const linux = (one: Repository) => ({
  path: one.path,
  ...TASKS,
  useFastCloningOnXFSVolumes: true,
  ...(one.immutableDays > 0 && { makeRecentBackupsImmutableDays: one.immutableDays }),
});

const account = ({ world }: Call) => ({
  credentialsId: world.ids.of('credentials', 50),
  connectionSettings: { connectionType: 'Direct' },
});

function bucketBase(one: Repository, isLimited: boolean): Row {
  const limit = Math.max(1, Math.round(one.capacityBytes / 2 ** 40));
  return {
    folderName: 'backups',
    storageConsumptionLimit: isLimited
      ? { isEnabled: true, consumptionLimitCount: limit, consumptionLimitKind: 'TB' }
      : { isEnabled: false },
    immutability: {
      isEnabled: one.immutableDays > 0,
      daysCount: one.immutableDays,
      immutabilityMode: 'RepositorySettings',
    },
  };
}

const bucket = (one: Repository, isLimited: boolean) => ({
  bucketName: 'veeam',
  ...bucketBase(one, isLimited),
});

const hostOf = ({ world }: Call, one: Repository) => world.estate.servers[Math.max(0, one.server)]?.id;

function mountServer({ world, revision }: Call): Row {
  return {
    mountServerSettingsType: spell('EMountServerSettingsType', 'Windows', revision),
    windows: {
      mountServerId: world.estate.servers[0]?.id,
      writeCacheFolder: 'C:\\ProgramData\\Veeam\\Cache',
      vPowerNFSEnabled: true,
    },
  };
}

/** The vendor declares one spelling and requires the other. */
const DATA_DOMAIN_NAME = { ddServerName: 'dd01.corp.example', ddServername: 'dd01.corp.example' };

function dataDomain({ world }: Call, one: Repository): Row {
  return {
    dellDataDomain: {
      ...DATA_DOMAIN_NAME,
      credentialsId: world.ids.of('credentials', 51),
      ddBoostEncryptionEnabled: false,
    },
    repository: appliance(one),
  };
}

const storeOnce = ({ world }: Call, one: Repository): Row => ({
  hpeStoreOnce: {
    storeOnceServerName: 'so01.corp.example',
    credentialsId: world.ids.of('credentials', 53),
  },
  repository: appliance(one),
});

const appliance = ({ path }: Repository): Row => ({
  path,
  enableTaskLimit: true,
  maxTaskCount: 4,
  immutability: { isEnabled: false, daysCount: 0 },
});
