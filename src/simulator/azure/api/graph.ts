import { DAY } from '../../zone.ts';
import { ArmFailure } from '../errors.ts';
import { machineId, policyId, sourceId } from '../ids.ts';
import { itemsFrom } from '../items.ts';
import { machinesFrom } from '../machines.ts';
import type { Item, Machine, Vault } from '../types.ts';
import type { AzureWorld } from '../world.ts';
import { type Call, type Result, type Routes, readToken, take, toToken } from './call.ts';
import { isSoftDeleted, isStopped, itemRow } from './item-view.ts';
import { jobRow } from './job-view.ts';
import { countJobs, jobsFrom } from './jobs.ts';
import { policyRow } from './policy-view.ts';
import { vaultDetails } from './vault-view.ts';

type Row = { id: string; name: string; type: string; location: string; properties: unknown };
type Cursor = [position: string, row: Row];
type Scope = { world: AzureWorld; now: number; vaults: Vault[]; from: number };
type Table = {
  rows: (scope: Scope, from: string | undefined) => Iterable<Cursor>;
  count?: (scope: Scope) => number;
};

/** Jobs are forgotten after this. */
const JOB_DAYS = 14;
const BACKUP = 'microsoft.recoveryservices/vaults';

export const graphRoutes: Routes = { 'POST /providers/Microsoft.ResourceGraph/resources': ask };

/**
 * The part of the query language that sweeps need: a table, `where type =~ '…'`, for jobs an end from `datetime(…)` on,
 * and `project`. Whatever else a query says is ignored. Rows come in an order of their own, which is stable.
 */
function ask(call: Call): Result {
  const { subscriptions, query, options = {} } = (call.body ?? {}) as Record<string, unknown>;
  const text = typeof query === 'string' ? query : '';
  const type = /\btype\s*=~\s*'([^']+)'/i.exec(text)?.[1]?.toLowerCase() ?? '';
  const table = TABLES[`${/^\s*(\w+)/.exec(text)?.[1]?.toLowerCase() ?? ''} ${type}`];
  if (!table)
    throw invalid(
      `the query has to be of the kind "recoveryservicesresources | where type =~ '${BACKUP}/…'"`,
    );
  const { $top = 100, $skipToken, resultFormat = 'table' } = options as Record<string, unknown>;
  if (typeof $top !== 'number' || $top < 1 || $top > 1000)
    throw invalid('$top has to be a number from 1 to 1000');
  const scope = scopeOf(call, subscriptions, text);
  const [after, known] = typeof $skipToken === 'string' ? readToken($skipToken).split(' ') : [];
  const source = (from: string | undefined) => table.rows(scope, from);
  const { rows, next } = take(source, after, $top, call.lost);
  const total = known ?? (next === undefined ? rows.length : (table.count ?? countAll(table))(scope));
  const columns = columnsOf(text);
  const hasToken = next !== undefined && columns.includes('id');
  const body = {
    totalRecords: Number(total),
    count: rows.length,
    data:
      resultFormat === 'objectArray'
        ? rows.map((row) => toObject(row as Row, columns))
        : toTable(rows as Row[], columns),
    facets: [],
    resultTruncated: String(next !== undefined && !hasToken),
    ...(hasToken && { $skipToken: toToken(`${next} ${total}`) }),
  };
  return { body, rows: rows.length };
}

/** The vaults of the subscriptions that may be read; what may not be is missing without a word. */
function scopeOf({ world, now }: Call, subscriptions: unknown, query: string): Scope {
  if (!Array.isArray(subscriptions) || subscriptions.length === 0)
    throw invalid('subscriptions has to name one subscription at least');
  const asked = new Set(subscriptions.map((one) => String(one).toLowerCase()));
  const vaults = world.vaults.filter((vault) => asked.has(vault.subscription) && !vault.isForbidden);
  const since = /endedAt\s*>=\s*datetime\(([^)]+)\)/i.exec(query)?.[1];
  const from = since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since);
  if (Number.isNaN(from)) throw invalid(`${since ?? ''} is no time`);
  return { world, now, vaults, from: Math.max(from, now - JOB_DAYS * DAY) };
}

const invalid = (message: string) => new ArmFailure(400, 'InvalidQuery', `Query is invalid: ${message}`);

const TABLES: Record<string, Table> = {
  [`recoveryservicesresources ${BACKUP}/backupfabrics/protectioncontainers/protecteditems`]: {
    rows: (scope, from) =>
      ofVaults(scope, from, function* (vault, inner) {
        for (const [index, item] of itemsFrom(scope.world, vault, Number(inner ?? 0)))
          yield [String(index), graphItem(scope, item)];
      }),
    count: ({ vaults, world, now }) => vaults.reduce((sum, vault) => sum + world.countListed(vault, now), 0),
  },
  [`recoveryservicesresources ${BACKUP}/backuppolicies`]: {
    rows: (scope, from) =>
      ofVaults(scope, from, function* (vault, inner) {
        for (const [place, policy] of scope.world.policies.of(vault).entries())
          if (place >= Number(inner ?? 0))
            yield [String(place), toRow(policyRow(vault, policy, 0), vault.location)];
      }),
  },
  [`recoveryservicesresources ${BACKUP}/backupjobs`]: {
    rows: (scope, from) =>
      ofVaults(scope, from, function* (vault, inner) {
        for (const [position, job] of jobsFrom(scope.world, vault, spanOf(scope), scope.now, inner))
          if ((job.endedAt ?? scope.now) >= scope.from)
            yield [position, toRow(jobRow(job, scope.now), vault.location)];
      }),
    count: (scope) =>
      scope.vaults.reduce((sum, vault) => sum + countJobs(scope.world, vault, spanOf(scope), scope.now), 0),
  },
  [`resources ${BACKUP}`]: {
    rows: (scope, from) =>
      ofVaults(scope, from, function* (vault, inner) {
        if (inner === undefined || inner === '0')
          yield ['0', toRow(vaultDetails(vault, scope.world.tenantId), vault.location)];
      }),
  },
  'resources microsoft.compute/virtualmachines': {
    rows: function* ({ world, vaults }, from) {
      const subscriptions = new Set(vaults.map(({ subscription }) => subscription));
      for (const [at, machine] of machinesFrom(world, Number(from ?? 0), subscriptions))
        yield [String(at), machineRow(machine)];
    },
  },
};

const spanOf = ({ from, now }: Scope) => ({ from: from - DAY, to: now });

/** The rows of one vault after the other; a position begins with the number of the vault. */
function* ofVaults(
  { vaults }: Scope,
  from: string | undefined,
  rowsOf: (vault: Vault, from: string | undefined) => Iterable<Cursor>,
): Generator<Cursor> {
  const [first, inner] = from?.split('/') ?? [];
  for (const vault of vaults) {
    if (vault.index < Number(first ?? 0)) continue;
    const start = vault.index === Number(first) ? inner : undefined;
    for (const [position, row] of rowsOf(vault, start)) yield [`${vault.index}/${position}`, row];
  }
}

const countAll =
  ({ rows }: Table) =>
  (scope: Scope): number => {
    let count = 0;
    for (const _ of rows(scope, undefined)) count += 1;
    return count;
  };

/** Ids and types are in lower case there. */
function toRow({ id, name, type, properties }: Omit<Row, 'location'>, location: string): Row {
  return { id: id.toLowerCase(), name, type: type.toLowerCase(), location, properties };
}

function graphItem({ world, now }: Scope, item: Item): Row {
  const { vault, policy } = item;
  const row = toRow(itemRow(world, item, now), vault.location);
  const properties = {
    ...(row.properties as Record<string, unknown>),
    ...(isStopped(item, now) ? {} : { policyId: policyId(vault, policy.name) }),
    currentProtectionState: currentState(world, item, now),
    dataSourceInfo: { resourceID: sourceId(item), resourceLocation: vault.location },
  };
  return { ...row, properties };
}

function currentState(world: AzureWorld, item: Item, now: number): string {
  if (isSoftDeleted(item, now)) return 'SoftDeleted';
  if (isStopped(item, now)) return item.state.isSuspended ? 'BackupsSuspended' : 'ProtectionStopped';
  return world.runs.last(item, now) ? 'ProtectionConfigured' : 'ConfiguringProtection';
}

function machineRow(machine: Machine): Row {
  const { name, location, vmId, computerName, isLinux } = machine;
  return {
    id: machineId(machine),
    name,
    type: 'microsoft.compute/virtualmachines',
    location,
    properties: {
      ...(vmId !== undefined && { vmId }),
      provisioningState: 'Succeeded',
      hardwareProfile: { vmSize: 'Standard_D2s_v3' },
      storageProfile: { osDisk: { osType: isLinux ? 'Linux' : 'Windows' } },
      osProfile: { computerName: name },
      extended: {
        instanceView: {
          ...(computerName !== undefined && { computerName }),
          powerState: { code: 'PowerState/running', displayStatus: 'VM running' },
        },
      },
    },
  };
}

const COLUMNS = ['id', 'name', 'type', 'location', 'properties'] as const;

/** Columns of the last `project`, by default all. */
function columnsOf(query: string): string[] {
  const [, list] = [...query.matchAll(/\|\s*project\s+([^|]+)/gi)].at(-1) ?? [];
  if (list === undefined) return [...COLUMNS];
  return list.split(',').map((one) => one.trim());
}

const valueOf = (row: Row, column: string): unknown =>
  COLUMNS.some((one) => one === column) ? row[column as keyof Row] : null;

const toObject = (row: Row, columns: string[]) =>
  Object.fromEntries(columns.map((column) => [column, valueOf(row, column)]));

const toTable = (rows: Row[], columns: string[]) => ({
  columns: columns.map((name) => ({ name, type: name === 'properties' ? 'object' : 'string' })),
  rows: rows.map((row) => columns.map((column) => valueOf(row, column))),
});
