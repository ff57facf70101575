import { hash } from '../../random.ts';
import { DAY, HOUR, MINUTE } from '../../zone.ts';
import {
  containerName,
  itemId,
  itemName,
  MANAGEMENT_TYPES,
  policyId,
  shortContainer,
  sourceId,
  WORKLOAD_TYPES,
} from '../ids.ts';
import { problem } from '../problems.ts';
import { stamp } from '../runs.ts';
import type { Item, OddItem, Run } from '../types.ts';
import type { AzureWorld } from '../world.ts';

type Properties = Record<string, unknown>;
const TYPE = 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems';
const NEVER = '2001-01-01T00:00:00Z';

export const isStopped = ({ state: { stoppedAt, deletedAt } }: Item, now: number): boolean =>
  Math.min(stoppedAt ?? now + 1, deletedAt ?? now + 1) <= now;

/** Its last backups have failed, all of them since some time. */
export const isUnhealthy = (item: Item, now: number): boolean =>
  item.state.failing !== undefined && item.state.failing.from <= now && !isStopped(item, now);

export const isSoftDeleted = ({ state: { deletedAt } }: Item, now: number): boolean =>
  deletedAt !== undefined && deletedAt <= now;

/** A row of the list of protected items. */
export function itemRow(world: AzureWorld, item: Item, now: number) {
  const row = {
    id: itemId(item),
    name: itemName(item),
    type: TYPE,
    properties: propertiesOf(world, item, now),
  };
  return item.state.odd ? makeOdd(row, item.state.odd) : row;
}

/** An item asked for by name: it knows how many copies it has. */
export function itemDetails(world: AzureWorld, item: Item, now: number) {
  const row = itemRow(world, item, now);
  const points = [...world.runs.points(item, now)];
  const oldest = points.at(-1);
  const extendedInfo = {
    recoveryPointCount: points.length,
    ...(oldest && { oldestRecoveryPoint: stamp(oldest.at, item.index) }),
    policyInconsistent: false,
  };
  return { ...row, properties: { ...row.properties, extendedInfo } };
}

function propertiesOf(world: AzureWorld, item: Item, now: number): Properties {
  const { vault, policy, name, kind, index } = item;
  const last = world.runs.last(item, now);
  const point = world.runs.points(item, now).next().value;
  const stopped = isStopped(item, now);
  return {
    friendlyName: name,
    protectionState: stopped
      ? item.state.isSuspended
        ? 'BackupsSuspended'
        : 'ProtectionStopped'
      : last
        ? 'Protected'
        : 'IRPending',
    protectionStatus: isUnhealthy(item, now) ? 'Unhealthy' : 'Healthy',
    ...healthOf(item, last, now),
    lastBackupTime: last ? stamp(last.startedAt, index) : NEVER,
    protectedItemDataId: String(17_592_691_116_000n + BigInt(hash(3, vault.index, index))),
    ...KIND_PROPERTIES[kind](item),
    backupManagementType: MANAGEMENT_TYPES[kind],
    workloadType: WORKLOAD_TYPES[kind],
    containerName: kind === 'vm' ? shortContainer(item) : containerName(item),
    sourceResourceId: sourceId(item),
    ...(stopped ? { policyId: '' } : { policyId: policyId(vault, policy.name), policyName: policy.name }),
    lastRecoveryPoint: point ? stamp(point.at, index) : null,
    ...(item.state.disks && { extendedProperties: { diskExclusionProperties: item.state.disks } }),
    ...deletionOf(item, now),
  };
}

const KIND_PROPERTIES: Record<Item['kind'], (item: Item) => Properties> = {
  vm: (item) => ({
    protectedItemType: 'Microsoft.Compute/virtualMachines',
    virtualMachineId: sourceId(item),
  }),
  sql: ({ holder }) => ({
    protectedItemType: 'AzureVmWorkloadSQLDatabase',
    serverName: `${holder}.corp.example`,
    parentName: 'MSSQLSERVER',
    parentType: 'AzureVmWorkloadSQLInstance',
  }),
  files: () => ({ protectedItemType: 'AzureFileShareProtectedItem' }),
};

/** Three words for health, and databases use other ones than machines. */
function healthOf(item: Item, last: Run | undefined, now: number): Properties {
  const bad = isUnhealthy(item, now);
  if (item.kind === 'sql') {
    const found = problem(last?.error ?? 0);
    return {
      lastBackupStatus: last ? (bad ? 'Unhealthy' : 'Healthy') : 'IRPending',
      protectedItemHealthStatus: last ? (bad ? 'Unhealthy' : 'Healthy') : 'IRPending',
      ...(bad && {
        lastBackupErrorDetail: {
          code: String(found.code),
          message: found.text,
          recommendations: found.recommendations,
        },
      }),
    };
  }
  const lastBackupStatus = last ? (last.endsAt > now ? 'InProgress' : last.outcome) : '';
  if (item.kind === 'files') return { lastBackupStatus };
  const { code, title, text: message, recommendations } = problem(last?.error ?? 0);
  return {
    lastBackupStatus,
    healthStatus: bad ? 'ActionRequired' : 'Passed',
    ...(bad && { healthDetails: [{ code, title, message, recommendations }] }),
  };
}

function deletionOf({ state: { deletedAt }, vault }: Item, now: number): Properties {
  if (deletedAt === undefined || deletedAt > now) return {};
  const left = Math.max(0, deletedAt + vault.softDeleteDays * DAY - now);
  return {
    isScheduledForDeferredDelete: true,
    deferredDeleteTimeInUTC: stamp(deletedAt),
    deferredDeleteTimeRemaining: `${Math.floor(left / DAY)}.${clock(left % DAY)}`,
    softDeleteRetentionPeriodInDays: vault.softDeleteDays,
  };
}

const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
const clock = (ms: number) => `${two(ms / HOUR)}:${two((ms % HOUR) / MINUTE)}:${two((ms % MINUTE) / 1000)}`;

type ItemRow = { id: string; name: string; type: string; properties: Properties };

/** What real answers have been seen to look like now and then. */
function makeOdd(row: ItemRow, odd: OddItem): ItemRow {
  const { id, properties } = row;
  const nulls = { lastRecoveryPoint: null, healthDetails: null, policyName: null, kpisHealths: null };
  const changes: Record<OddItem, () => Partial<ItemRow>> = {
    'no-fabric': () => ({ id: id.replace('/backupFabrics/Azure', '') }),
    'upper-case': () => ({ id: id.toUpperCase().replace('/SUBSCRIPTIONS/', '/Subscriptions/') }),
    'malformed-source': () => {
      const source = String(properties.sourceResourceId).replace(/resourceGroups\/[^/]+/, 'resourceGroups');
      return { properties: { ...properties, sourceResourceId: source, virtualMachineId: source } };
    },
    nulls: () => ({ properties: { ...properties, ...nulls } }),
    numbers: () => ({
      properties: { ...properties, protectedItemDataId: '636482643132986882', isArchiveEnabled: 'false' },
    }),
    sentinels: () => ({
      properties: {
        ...properties,
        lastBackupTime: '0001-01-01T00:00:00.0000000Z',
        lastBackupStatus: '',
        lastRecoveryPoint: NEVER,
      },
    }),
  };
  return { ...row, ...changes[odd]() };
}
