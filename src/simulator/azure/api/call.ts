import { createHash } from 'node:crypto';
import { ArmFailure, badRequest } from '../errors.ts';
import type { AzureWorld } from '../world.ts';

/** One request that is signed in and well formed. */
export type Call = {
  world: AzureWorld;
  /** Scheme, host and port by which the caller reached us. */
  origin: string;
  path: string;
  /** Variable parts of the path. */
  ids: Record<string, string>;
  query: URLSearchParams;
  body: unknown;
  /** Milliseconds: the same throughout the request. */
  now: number;
  /** Rows that a fault takes from the head of a later page; -1: its first row is one of the page before. */
  lost: number;
};

export type Result = { status?: number; body: unknown; headers?: Record<string, string>; rows?: number };
export type Handler = (call: Call) => Result;
export type Routes = Record<string, Handler>;

export const VAULTS = 'providers/Microsoft.RecoveryServices/vaults';
export const VAULT = `/subscriptions/{sub}/resourceGroups/{rg}/${VAULTS}/{vault}`;
export const FABRIC = `${VAULT}/backupFabrics/{fabric}`;
export const CONTAINER = `${FABRIC}/protectionContainers/{container}`;
export const ITEM = `${CONTAINER}/protectedItems/{item}`;
export const POINT = `${ITEM}/recoveryPoints/{point}`;
export const LOCATION = '/subscriptions/{sub}/providers/Microsoft.RecoveryServices/locations/{region}';

type Row = unknown;
/** Rows from a position on, that one included; a position is what a row is found by again. */
export type Source = (from: string | undefined) => Iterable<[position: string, row: Row]>;

const PAGE = 200;
/** Links to the next page carry a version of their own, an older one. */
const LINK_VERSION = '2016-12-01';

/** A page of a list, with the link to the next one if there is more. */
export function page(call: Call, source: Source, size = PAGE): Result {
  const { query, lost } = call;
  const token = query.get('$skipToken') ?? query.get('$skiptoken');
  const { rows, next } = take(source, token === null ? undefined : readToken(token), size, lost);
  const body = { value: rows, ...(next !== undefined && { nextLink: linkTo(call, next) }) };
  return { body, rows: rows.length };
}

/** Up to `size` rows after a position; `next` is the last one's where more follow. */
export function take(
  source: Source,
  after: string | undefined,
  size: number,
  lost: number,
): { rows: Row[]; next: string | undefined } {
  const rows: Row[] = [];
  let skip = after === undefined ? 0 : lost;
  let last: string | undefined;
  for (const [position, row] of source(after)) {
    if (position === after && lost >= 0) continue;
    if (skip > 0) {
      skip -= 1;
      continue;
    }
    if (rows.length === size) return { rows, next: last };
    rows.push(row);
    last = position;
  }
  return { rows, next: undefined };
}

/** Written as the service writes it: `+` for spaces, and with the filter repeated. */
function linkTo({ origin, path, query }: Call, position: string): string {
  const next = new URLSearchParams({ 'api-version': LINK_VERSION });
  const filter = query.get('$filter');
  if (filter !== null) next.set('$filter', filter);
  next.set('$skipToken', toToken(position));
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return `${origin}${encoded}?${next.toString()}`;
}

const check = (position: string) => createHash('sha1').update(`page ${position}`).digest('hex').slice(0, 8);

export const toToken = (position: string): string =>
  Buffer.from(`${check(position)};${position}`).toString('base64');

/** @throws ArmFailure 400 for a token that we have not made */
export function readToken(token: string): string {
  const [sum, position] = Buffer.from(token, 'base64').toString('utf8').split(';');
  if (position !== undefined && check(position) === sum) return position;
  throw badRequest('The skip token is not valid');
}

export const methodNotAllowed = (method: string, account: string): ArmFailure =>
  new ArmFailure(
    403,
    'AuthorizationFailed',
    `The client does not have authorization to perform this action (${method}): its role is ${account}`,
  );
