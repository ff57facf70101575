import * as z from 'zod';
import { loose } from '../wire/lenient.ts';
import { API_VERSIONS } from './api-versions.ts';
import type { AzureClient } from './client.ts';
import { TIER_STATES, TIER_TYPES } from './enums.ts';
import { type ItemRef, itemPath } from './paths.ts';
import { toFilter } from './query.ts';
import { orNull, type Page, type ReadOptions, readOne, readPages } from './rows.ts';
import { toFilterTime } from './time.ts';
import { flag, number, open, resource, text, texts, time } from './wire.ts';

const tier = z.object({ type: open(TIER_TYPES, TIER_TYPES), status: open(TIER_STATES, TIER_STATES) });
const readiness = z.object({ isReadyForMove: flag, additionalInfo: text });
const disks = z.array(z.object({ lun: number, name: text })).optional();

/** `keyAndSecret` of encrypted machines is not among these, and so never gets past here. */
const pointSchema = resource({
  objectType: text,
  recoveryPointTime: time,
  /** Databases give the time under this name. */
  recoveryPointTimeInUTC: time,
  /** `AppConsistent`, `FileSystemConsistent`, `CrashConsistent` … */
  recoveryPointType: text,
  /** Databases: `Full`, `Differential`, `Log` … */
  type: text,
  recoveryPointTierDetails: loose(z.array(tier)),
  recoveryPointMoveReadinessInfo: loose(z.record(z.string(), readiness)),
  recoveryPointProperties: loose(z.object({ expiryTime: time, ruleName: text, isSoftDeleted: flag })),
  /** Logs of databases: any moment of these can be restored. */
  timeRanges: loose(z.array(z.object({ startTime: time, endTime: time }))),
  isSourceVMEncrypted: flag,
  isManagedVirtualMachine: flag,
  isInstantIlrSessionActive: flag,
  virtualMachineSize: text,
  osType: text,
  securityType: text,
  zones: texts,
  /** File shares only. */
  recoveryPointSizeInGB: number,
  recoveryPointDiskConfiguration: loose(
    z.object({
      numberOfDisksIncludedInBackup: number,
      numberOfDisksAttachedToVm: number,
      includedDiskList: disks,
      excludedDiskList: disks,
    }),
  ),
}).transform(({ recoveryPointTimeInUTC, recoveryPointTime, recoveryPointMoveReadinessInfo, ...point }) => ({
  ...point,
  recoveryPointTime: recoveryPointTime ?? recoveryPointTimeInUTC,
  archiveReadiness: recoveryPointMoveReadinessInfo?.ArchivedRP ?? recoveryPointMoveReadinessInfo?.Archive,
}));
/** A copy that can be restored. `name` is its id: text, since it can exceed what a number holds. It has no size. */
export type AzureRecoveryPoint = z.infer<typeof pointSchema>;

export type PointWindow = { from: Date; to?: Date | undefined };

/** The recovery points of an item in a time. Both ends are always asked for: without them old points do not come. */
export function listRecoveryPoints(
  client: AzureClient,
  item: ItemRef,
  { from, to = new Date(client.clock.now()) }: PointWindow,
  options: ReadOptions = {},
): AsyncGenerator<Page<AzureRecoveryPoint>> {
  const startDate = toFilterTime(from);
  const endDate = toFilterTime(new Date(Math.ceil(to.getTime() / 1000) * 1000));
  const kind = {
    row: pointSchema,
    key: ({ key }: AzureRecoveryPoint) => key,
    wanted: (point: AzureRecoveryPoint) => isBetween(point, from, to),
  };
  const query = { $filter: toFilter({ startDate, endDate }) };
  const call = { ...options, query, apiVersion: API_VERSIONS.recoveryPoints };
  return readPages(client, itemPath(item, 'recoveryPoints'), kind, call);
}

/** A recovery point with its disks, or null if there is none. */
export function getRecoveryPoint(
  client: AzureClient,
  item: ItemRef,
  recoveryPointId: string,
  options: ReadOptions = {},
): Promise<AzureRecoveryPoint | null> {
  const call = { ...options, apiVersion: API_VERSIONS.recoveryPoints };
  const path = itemPath(item, 'recoveryPoints', recoveryPointId);
  return orNull(readOne(client, path, pointSchema, call), options.reading);
}

/**
 * Whether a point can be restored at once: from any tier that holds a valid or a rehydrated copy. Points stay listed after
 * their last copy is gone. null: the point does not say which tiers it has.
 */
export function isRestorable({ recoveryPointTierDetails: tiers }: AzureRecoveryPoint): boolean | null {
  if (!tiers || tiers.length === 0) return null;
  return tiers.some(
    ({ type, status }) => status === 'Rehydrated' || (status === 'Valid' && type !== 'ArchivedRP'),
  );
}

function isBetween({ recoveryPointTime: at }: AzureRecoveryPoint, from: Date, to: Date): boolean {
  return at === null || (at >= new Date(Math.floor(from.getTime() / 1000) * 1000) && at <= to);
}
