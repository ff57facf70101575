import type { AzureAuth } from '../auth.ts';
import { ArmFailure } from '../errors.ts';
import type { Account, AzureWorld } from '../world.ts';
import { backupWrites } from './backup-writes.ts';
import { type Handler, methodNotAllowed, type Result, type Routes } from './call.ts';
import { configWrites } from './config-writes.ts';
import { containerRoutes } from './container-routes.ts';
import { containerWrites } from './container-writes.ts';
import { graphRoutes } from './graph.ts';
import { itemRoutes } from './item-routes.ts';
import { itemDeletes, itemWrites } from './item-writes.ts';
import { jobRoutes } from './job-routes.ts';
import { machineRoutes } from './machine-routes.ts';
import { mountWrites } from './mount-writes.ts';
import { operationRoutes } from './operation-routes.ts';
import { pointRoutes } from './point-routes.ts';
import { policyWrites } from './policy-writes.ts';
import { protectableRoutes } from './protectable-routes.ts';
import { restoreChecks, restoreWrites } from './restore-writes.ts';
import { statusRoutes } from './status-routes.ts';
import { vaultRoutes } from './vault-routes.ts';

export type AzureRequest = {
  method: string;
  /** Still encoded. */
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | string[] | undefined>;
  body: string;
};

type Route = { method: string; segments: string[]; handler: Handler; account: Account };

const READS: Routes = {
  ...vaultRoutes,
  ...itemRoutes,
  ...containerRoutes,
  ...protectableRoutes,
  ...jobRoutes,
  ...pointRoutes,
  ...statusRoutes,
  ...operationRoutes,
  ...restoreChecks,
  ...machineRoutes,
  ...graphRoutes,
};
/** What a Backup Operator may do: all but to remove backups and to manage policies and the vault. */
const OPERATOR_WRITES: Routes = {
  ...itemWrites,
  ...backupWrites,
  ...restoreWrites,
  ...mountWrites,
  ...containerWrites,
};
const CONTRIBUTOR_WRITES: Routes = { ...itemDeletes, ...policyWrites, ...configWrites };

const ROUTES: Route[] = [
  ...compile(READS, 'reader'),
  ...compile(OPERATOR_WRITES, 'operator'),
  ...compile(CONTRIBUTOR_WRITES, 'contributor'),
];
const ACCOUNTS: Record<Account, string> = {
  reader: 'Backup Reader',
  operator: 'Backup Operator',
  contributor: 'Backup Contributor',
};

const VERSION = /^20(1[5-9]|2[0-5])-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(-preview)?$/;

/** Answers a request of the resource manager. @throws ArmFailure */
export function answerArm(world: AzureWorld, auth: AzureAuth, request: AzureRequest, lost: number): Result {
  auth.check(textOf(request.headers.authorization));
  const version = request.query.get('api-version');
  if (version === null)
    throw new ArmFailure(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required',
    );
  if (!VERSION.test(version))
    throw new ArmFailure(
      400,
      'InvalidApiVersionParameter',
      `The api-version '${version.slice(0, 40)}' is invalid`,
    );
  const segments = segmentsOf(request.path);
  const { route, ids } = findRoute(request.method, segments);
  if (isBelow(world.account, route.account)) throw methodNotAllowed(request.method, ACCOUNTS[world.account]);
  world.settle();
  return route.handler({
    world,
    origin: `https://${textOf(request.headers.host) ?? 'localhost'}`,
    path: `/${segments.join('/')}`,
    ids,
    query: request.query,
    body: request.method !== 'GET' ? parseBody(request.body) : undefined,
    now: world.now(),
    lost,
  });
}

/** Decoded. @throws ArmFailure 400 */
export function segmentsOf(path: string): string[] {
  try {
    return path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    throw new ArmFailure(400, 'BadRequest', 'The path is not encoded as it has to be');
  }
}

function findRoute(method: string, segments: string[]): { route: Route; ids: Record<string, string> } {
  const fitting = ROUTES.filter((route) => matches(route, segments));
  const route = fitting.find((one) => one.method === method);
  if (route) return { route, ids: idsOf(route, segments) };
  if (fitting.length > 0 || method !== 'GET') throw methodNotAllowed(method, ACCOUNTS.contributor);
  throw new ArmFailure(404, 'InvalidResourceType', `There is no /${segments.join('/').slice(0, 200)}`);
}

/** Case means nothing in names of the path. */
const matches = (route: Route, segments: string[]): boolean =>
  route.segments.length === segments.length &&
  route.segments.every((part, index) => part.startsWith('{') || part === segments[index]?.toLowerCase());

function idsOf(route: Route, segments: string[]): Record<string, string> {
  const ids: Record<string, string> = {};
  for (const [index, part] of route.segments.entries())
    if (part.startsWith('{')) ids[part.slice(1, -1)] = segments[index] ?? '';
  return ids;
}

function isBelow(has: Account, needs: Account): boolean {
  const order = Object.keys(ACCOUNTS);
  return order.indexOf(has) < order.indexOf(needs);
}

function compile(routes: Routes, account: Account): Route[] {
  return Object.entries(routes).map(([key, handler]) => {
    const [method = '', path = ''] = key.split(' ');
    const segments = path.split('/').filter(Boolean);
    return {
      method,
      account,
      handler,
      segments: segments.map((one) => (one.startsWith('{') ? one : one.toLowerCase())),
    };
  });
}

function parseBody(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new ArmFailure(
      400,
      'InvalidRequestContent',
      'The request content was invalid and could not be deserialized',
    );
  }
}

const textOf = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);
