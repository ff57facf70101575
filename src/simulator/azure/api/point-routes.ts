import { hash } from '../../random.ts';
import { DAY, MINUTE } from '../../zone.ts';
import { ArmFailure } from '../errors.ts';
import { itemId } from '../ids.ts';
import { keptFor } from '../policies.ts';
import { type Point, slotsOfItem, stamp } from '../runs.ts';
import type { Item } from '../types.ts';
import { type Call, ITEM, page, type Result, type Routes, type Source } from './call.ts';
import { parseFilter, windowOf } from './filter.ts';
import { itemOf } from './find.ts';
import { isSoftDeleted } from './item-view.ts';

const KEYS = [
  'startDate',
  'endDate',
  'restorePointQueryType',
  'extendedInfo',
  'moveReadyRPOnly',
  'includeSoftDeletedRP',
];
/** Without dates, older points do not come. */
const USUAL_DAYS = 30;
const ARCHIVABLE_AFTER = 90 * DAY;
const TYPE =
  'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints';

export const pointRoutes: Routes = {
  [`GET ${ITEM}/recoveryPoints`]: listPoints,
  [`GET ${ITEM}/recoveryPoints/{point}`]: (call) => {
    const item = itemOf(call);
    return { body: pointRow(call, item, pointOf(call, item)) };
  },
  [`POST ${ITEM}/recoveryPointsRecommendedForMove`]: (call) => {
    const item = itemOf(call);
    return page(
      call,
      pointSource(call, item, ({ at }) => isReadyForMove(item, at, call.now)),
    );
  },
};

/** The point that the path names. @throws ArmFailure 404 */
export function pointOf({ world, ids, now }: Call, item: Item): Point {
  for (const point of world.runs.points(item, now)) if (nameOf(item, point) === ids.point) return point;
  throw new ArmFailure(404, 'BMSUserErrorObjectNotFound', `There is no recovery point ${ids.point ?? ''}`);
}

function listPoints(call: Call): Result {
  const item = itemOf(call);
  const filter = parseFilter(call.query.get('$filter'), KEYS);
  const span = windowOf(filter, 'startDate', 'endDate') ?? {
    from: call.now - USUAL_DAYS * DAY,
    to: call.now,
  };
  const onlyReady = filter.get('movereadyrponly')?.toLowerCase() === 'true';
  const wanted = ({ at }: Point) =>
    at >= span.from && at <= span.to && (!onlyReady || isReadyForMove(item, at, call.now));
  return page(call, pointSource(call, item, wanted));
}

/** Positions are the times of the points: those before may expire between two pages. */
function pointSource(call: Call, item: Item, wanted: (point: Point) => boolean): Source {
  return function* rows(from) {
    for (const point of call.world.runs.points(item, call.now)) {
      if (from !== undefined && point.at > Number(from)) continue;
      if (wanted(point)) yield [String(point.at), pointRow(call, item, point)];
    }
  };
}

/** Digits that a number of JavaScript could not hold. */
export function nameOf({ vault, index }: Item, { slot }: Point): string {
  const low = hash(11, vault.index, index, slot / MINUTE);
  return String(BigInt(slot / MINUTE) * 10_000_000_000n + BigInt(low));
}

function pointRow({ now }: Call, item: Item, point: Point) {
  const name = nameOf(item, point);
  const properties = item.kind === 'vm' ? machinePoint(item, point, now) : OTHERS[item.kind](item, point);
  const recoveryPointProperties = { ...expiryOf(item, point), isSoftDeleted: isSoftDeleted(item, now) };
  return {
    id: `${itemId(item).replace('/Subscriptions/', '/subscriptions/')}/recoveryPoints/${name}`,
    name,
    type: TYPE,
    properties: {
      ...properties,
      recoveryPointTierDetails: tiersOf(item, point, now),
      recoveryPointProperties,
    },
  };
}

/** What is stopped is kept until somebody deletes it. */
function expiryOf(item: Item, { at, slot, day }: Point) {
  const { policy, state, index } = item;
  if ((state.stoppedAt !== undefined && !state.isSuspended) || state.deletedAt !== undefined) return {};
  const asked = state.onDemand?.find((one) => one.slot === slot);
  if (asked) return { expiryTime: stamp(asked.expiresAt, index), ruleName: 'AdHoc' };
  const kept = keptFor(policy, day, slot === slotsOfItem(item, day)[0]);
  return { expiryTime: stamp(at + kept, index), ruleName: policy.name };
}

function machinePoint(item: Item, { at, slot }: Point, now: number) {
  return {
    objectType: 'IaasVMRecoveryPoint',
    recoveryPointType: hash(13, item.index) % 5 === 0 ? 'CrashConsistent' : 'AppConsistent',
    recoveryPointTime: stamp(at, item.index),
    recoveryPointAdditionalInfo: '',
    sourceVMStorageType: 'NormalStorage',
    isSourceVMEncrypted: false,
    isInstantIlrSessionActive: (item.state.mounts?.get(slot) ?? now) > now,
    recoveryPointMoveReadinessInfo: {
      [item.state.odd ? 'Archive' : 'ArchivedRP']: isReadyForMove(item, at, now)
        ? { isReadyForMove: true }
        : { isReadyForMove: false, additionalInfo: 'The copy is not old enough to be moved to the archive.' },
    },
    isManagedVirtualMachine: true,
    virtualMachineSize: 'Standard_D2s_v3',
    originalStorageAccountOption: false,
    osType: hash(14, item.index) % 5 < 2 ? 'Linux' : 'Windows',
    zones: ['1'],
    securityType: 'None',
    isPrivateAccessEnabledOnAnyDisk: false,
  };
}

const OTHERS = {
  sql: (item: Item, { at }: Point) => ({
    objectType: 'AzureWorkloadSQLRecoveryPoint',
    recoveryPointTimeInUTC: stamp(at, item.index),
    type: 'Full',
  }),
  files: (item: Item, { at }: Point) => ({
    objectType: 'AzureFileShareRecoveryPoint',
    recoveryPointType: 'FileSystemConsistent',
    recoveryPointTime: stamp(at, item.index),
    recoveryPointSizeInGB: Math.ceil(item.sizeBytes / 2 ** 30),
  }),
};

/** A snapshot beside the machine for some days, and a copy in the vault; the old answers number both. */
export function tiersOf({ kind, policy, state }: Item, { at }: Point, now: number) {
  const isFresh = now - at <= policy.instantDays * DAY;
  const snapshot = { type: 'InstantRP', status: isFresh ? 'Valid' : 'Deleted' };
  const copy = { type: 'HardenedRP', status: 'Valid' };
  if (kind === 'files') return [{ ...snapshot, status: 'Valid' }];
  if (kind === 'sql') return [copy];
  if (isArchived(policy.keep.months, at, now))
    return [
      { ...snapshot, status: 'Deleted' },
      { ...copy, status: 'Deleted' },
      { type: 'ArchivedRP', status: 'Valid' },
    ];
  if (state.odd === 'numbers')
    return [
      { type: 1, status: isFresh ? 1 : 3 },
      { type: 2, status: 1 },
    ];
  return [snapshot, copy];
}

const isArchived = (months: number, at: number, now: number) => months > 0 && now - at > 2 * ARCHIVABLE_AFTER;

const isReadyForMove = ({ kind, policy }: Item, at: number, now: number): boolean =>
  kind === 'vm' &&
  policy.keep.months > 0 &&
  now - at > ARCHIVABLE_AFTER &&
  !isArchived(policy.keep.months, at, now);
