import * as z from 'zod';
import type { Reading } from '../reading.ts';
import { loose } from '../wire/lenient.ts';
import type { VeeamClient } from './client.ts';
import { REPOSITORY_TYPE_ALIASES, REPOSITORY_TYPES, words } from './enums.ts';
import { type ListEndpoint, type Page, readPages } from './pages.ts';
import { flag, id, number, open, rowId, text } from './wire.ts';

const type = open(REPOSITORY_TYPES, REPOSITORY_TYPE_ALIASES);
const extentType = open(words('Performance Capacity Archive'));

/** Numbers named GB are GiB (2^30 bytes). A capacity of 0 or less means "no limit". */
export const repositoryStateSchema = z.object({
  id: rowId,
  name: text,
  type,
  description: text,
  hostId: id,
  hostName: text,
  path: text,
  capacityGB: number,
  freeGB: number,
  usedSpaceGB: number,
  isOnline: flag,
  isOutOfDate: flag,
  scaleOutRepositoryDetails: z.object({ membership: text, scaleOutRepositoryId: id, extentType }).optional(),
});
export type VeeamRepositoryState = z.infer<typeof repositoryStateSchema>;

const objectStorage = loose(
  z.object({
    immutability: loose(z.object({ isEnabled: flag, daysCount: number, immutabilityMode: text })),
    storageConsumptionLimit: loose(
      z.object({ isEnabled: flag, consumptionLimitCount: number, consumptionLimitKind: text }),
    ),
  }),
);

/** How a repository is set up. Up to rev1 the API cannot describe dedupe appliances: those only have a state. */
const repositorySchema = z.object({
  id: rowId,
  name: text,
  type,
  description: text,
  uniqueId: text,
  hostId: id,
  repository: loose(
    z.object({
      path: text,
      taskLimitEnabled: flag,
      maxTaskCount: number,
      readWriteLimitEnabled: flag,
      readWriteRate: number,
      useFastCloningOnXFSVolumes: flag,
      makeRecentBackupsImmutableDays: number,
      enableGovernanceMode: flag,
      governanceModeRetentionDays: number,
      immutability: loose(z.object({ isEnabled: flag, daysCount: number })),
    }),
  ),
  bucket: objectStorage,
  container: objectStorage,
});
export type VeeamRepository = z.infer<typeof repositorySchema>;

/** Has no capacity of its own: that is the sum of its extents' states. */
export const scaleOutRepositorySchema = z.object({
  id: rowId,
  name: text,
  description: text,
  uniqueId: text,
  performanceTier: z
    .object({
      performanceExtents: z
        .array(
          z.object({
            id,
            name: text,
            /** One value in 1.2, a list since. */
            status: z
              .preprocess(
                (value) => (typeof value === 'string' ? [value] : value),
                z.array(
                  open(words('Normal Evacuate Pending Sealed Maintenance ResyncRequired TenantEvacuating')),
                ),
              )
              .optional(),
          }),
        )
        .optional(),
    })
    .optional(),
  capacityTier: z
    .object({
      isEnabled: flag,
      extents: z.array(z.object({ id })).optional(),
      copyPolicyEnabled: flag,
      movePolicyEnabled: flag,
      operationalRestorePeriodDays: number,
      encryption: loose(z.object({ isEnabled: flag })),
    })
    .optional(),
  archiveTier: z.object({ isEnabled: flag, extentId: id, archivePeriodDays: number }).optional(),
});
export type VeeamScaleOutRepository = z.infer<typeof scaleOutRepositorySchema>;

const PATH = '/api/v1/backupInfrastructure';
const states: ListEndpoint<VeeamRepositoryState> = {
  path: `${PATH}/repositories/states`,
  row: repositoryStateSchema,
  orderColumn: 'Name',
};
const repositories: ListEndpoint<VeeamRepository> = {
  path: `${PATH}/repositories`,
  row: repositorySchema,
  orderColumn: 'Name',
};
const scaleOut: ListEndpoint<VeeamScaleOutRepository> = {
  path: `${PATH}/scaleOutRepositories`,
  row: scaleOutRepositorySchema,
  orderColumn: 'Name',
};

/** How full the repositories are now, by name; extents of scale-out repositories one by one. */
export function listRepositoryStates(
  client: VeeamClient,
  reading?: Reading,
): AsyncGenerator<Page<VeeamRepositoryState>> {
  return readPages(client, states, { reading });
}

/** How the repositories are set up, by name. */
export function listRepositories(
  client: VeeamClient,
  reading?: Reading,
): AsyncGenerator<Page<VeeamRepository>> {
  return readPages(client, repositories, { reading });
}

/** Scale-out repositories with the extents of their tiers, by name. */
export function listScaleOutRepositories(
  client: VeeamClient,
  reading?: Reading,
): AsyncGenerator<Page<VeeamScaleOutRepository>> {
  return readPages(client, scaleOut, { reading });
}
