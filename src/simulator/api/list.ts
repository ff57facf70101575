import type { Zone } from '../zone.ts';
import { numberOf, type Query, type QueryValue, textOf } from './query.ts';

export type Row = Record<string, unknown>;
export type Page = {
  data: unknown[];
  pagination: { total: number; count: number; skip?: number; limit?: number };
};

const DEFAULT_LIMIT = 200;

/** The product's wording of a page; `skip` and `limit` are those in force. */
export function toPage<T>(query: Query, total: number, rowsOf: (skip: number, limit: number) => T[]): Page {
  const skip = Math.max(0, numberOf(query, 'skip') ?? 0);
  const limit = Math.max(0, numberOf(query, 'limit') ?? DEFAULT_LIMIT);
  const data = skip >= total ? [] : rowsOf(skip, Math.min(limit, total - skip));
  return { data, pagination: { total, count: data.length, skip, limit } };
}

/** All rows at once, as the older revisions answer for lists below a thing. */
export const toWhole = (rows: unknown[]): Page => ({
  data: rows,
  pagination: { total: rows.length, count: rows.length },
});

/** Filters, orders and pages rows that are at hand. Filters and columns look at the property of their name. */
export function listRows(query: Query, rows: Row[], zone: Zone): Page {
  const found = orderRows(query, filterRows(query, rows, zone), zone);
  return toPage(query, found.length, (skip, limit) => found.slice(skip, skip + limit));
}

/** Where a filter or a column looks at something else than the property of its name. */
const LOOKS_AT: Record<string, (row: Row) => unknown> = {
  result: ({ result }) => (isObject(result) ? result.result : result),
  serverState: ({ status }) => status,
  mountId: ({ id }) => id,
  isHighPriorityJob: ({ highPriority }) => highPriority,
  afterJobId: ({ runAfterJob }) => inside(runAfterJob, 'jobId'),
  afterJobName: ({ runAfterJob }) => inside(runAfterJob, 'jobName'),
  sobrId: ({ scaleOutRepositoryDetails }) => inside(scaleOutRepositoryDetails, 'scaleOutRepositoryId'),
  sobrExtentType: ({ scaleOutRepositoryDetails }) => inside(scaleOutRepositoryDetails, 'extentType'),
  sobrMembership: ({ scaleOutRepositoryDetails }) => inside(scaleOutRepositoryDetails, 'membership'),
  gfsPeriod: ({ gfsPeriods }) => gfsPeriods,
  machineName: ({ machine }) => inside(machine, 'displayName'),
  viType: ({ viHostType, viType }) => viType ?? viHostType,
  mode: ({ info }) => inside(info, 'mode'),
  capacity: ({ capacityGB }) => capacityGB,
  freeSpace: ({ freeGB }) => freeGB,
  usedSpace: ({ usedSpaceGB }) => usedSpaceGB,
  path: ({ path, repository, share }) => path ?? inside(repository, 'path') ?? inside(share, 'sharePath'),
  host: ({ hostName }) => hostName,
  malwareStatus: ({ malwareStatus }) => malwareStatus,
  initiatedBy: ({ initiatedBy, createdBy }) => initiatedBy ?? createdBy,
  writeCacheFolder: ({ settings }) => inside(settings, 'writeCacheFolder'),
  platform: ({ platformName, platform }) => platformName ?? platform,
  backupObjectName: ({ objectName }) => objectName,
};
const BELOW: Record<string, (row: Row) => unknown> = {
  backupObjectId: ({ machine, objectId, backupObjectId }) =>
    inside(machine, 'backupObjectId') ?? backupObjectId ?? objectId,
  hostId: ({ hostId, server }) => hostId ?? inside(server, 'hostId'),
  hostName: ({ hostName, server }) => hostName ?? inside(server, 'hostName'),
  state: ({ state, mountState }) => state ?? mountState,
  type: ({ type, sessionType }) => type ?? sessionType,
};

const TIME_FILTER = /^(created|ended|processed|expire|detected|lastRun)(After|Before)(TimeUtc)?Filter$/;
const TIMES: Record<string, string> = {
  created: 'creationTime',
  createdTimeUtc: 'creationTimeUtc',
  ended: 'endTime',
  processed: 'processedTime',
  expire: 'expirationTime',
  detected: 'detectionTime',
  detectedTimeUtc: 'detectionTimeUtc',
  lastRun: 'lastRun',
};

export function filterRows(query: Query, rows: Row[], zone: Zone): Row[] {
  const tests = [...query].flatMap(([name, values]) =>
    name.endsWith('Filter') ? [toTest(name, values, zone)] : [],
  );
  return tests.length === 0 ? rows : rows.filter((row) => tests.every((test) => test(row)));
}

function toTest(name: string, values: QueryValue[], zone: Zone): (row: Row) => boolean {
  const [, what, side, suffix = ''] = TIME_FILTER.exec(name) ?? [];
  if (what && side) return timeTest(TIMES[what + suffix] ?? '', side === 'After', values[0], zone);
  const look = lookAt(name.slice(0, -'Filter'.length));
  const matches = values.map(toMatcher);
  return (row) => [look(row)].flat().some((given) => matches.some((match) => match(given)));
}

function timeTest(property: string, isAfter: boolean, limit: QueryValue | undefined, zone: Zone) {
  const edge = typeof limit === 'number' ? limit : 0;
  return (row: Row) => {
    const at = toInstant(row[property] ?? row.detectedTime, zone);
    return at !== undefined && (isAfter ? at >= edge : at <= edge);
  };
}

const lookAt = (property: string) => LOOKS_AT[property] ?? BELOW[property] ?? ((row: Row) => row[property]);

function toMatcher(value: QueryValue): (given: unknown) => boolean {
  if (typeof value !== 'string') return (given) => given === value;
  const pattern = toPattern(value);
  return (given) => typeof given === 'string' && pattern(given);
}

/** A text matches in any case; `*` at either end stands for anything. */
export function toPattern(text: string): (given: string) => boolean {
  const core = text.replace(/^\*|\*$/g, '').toLowerCase();
  const [open, close] = [text.startsWith('*'), text.endsWith('*') && text.length > 1];
  return (given) => {
    const small = given.toLowerCase();
    if (open) return close ? small.includes(core) : small.endsWith(core);
    return close ? small.startsWith(core) : small === core;
  };
}

export function orderRows(query: Query, rows: Row[], zone: Zone): Row[] {
  const column = textOf(query, 'orderColumn');
  if (column === undefined && query.get('orderAsc') === undefined) return rows;
  const look = lookAt(column === undefined ? 'name' : column.charAt(0).toLowerCase() + column.slice(1));
  const direction = query.get('orderAsc')?.[0] === true ? 1 : -1;
  const keyed = rows.map((row) => ({ row, key: toKey(look(row), zone) }));
  return keyed.sort((a, b) => direction * compareKeys(a.key, b.key)).map(({ row }) => row);
}

type Key = string | number | undefined;

function toKey(value: unknown, zone: Zone): Key {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string') return undefined;
  return toInstant(value, zone) ?? value.toLowerCase();
}

export function compareKeys(a: Key, b: Key): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  return a < b ? -1 : 1;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

function toInstant(value: unknown, zone: Zone): number | undefined {
  if (typeof value !== 'string' || !TIME.test(value)) return undefined;
  const text = value.replace(/(\.\d{3})\d+/, '$1');
  const at = /(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : zone.toUtc(Date.parse(`${text}Z`));
  return Number.isFinite(at) ? at : undefined;
}

const isObject = (value: unknown): value is Row => typeof value === 'object' && value !== null;
const inside = (value: unknown, property: string): unknown => (isObject(value) ? value[property] : undefined);
