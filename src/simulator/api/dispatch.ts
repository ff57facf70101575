import type { Auth } from '../auth.ts';
import { findOperation } from '../contract/operations.ts';
import { negotiate, type RevisionIndex, servedRevisions } from '../contract/revisions.ts';
import { ROLES, type Role } from '../options.ts';
import type { World } from '../world.ts';
import type { Routes } from './call.ts';
import { ApiError } from './errors.ts';
import { parseQuery } from './query.ts';

export type Request = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | string[] | undefined>;
  body: string;
};
export type Answer = { status: number; body: string; contentType: string };

export type Service = {
  world: World;
  auth: Auth;
  routes: Routes;
  role: () => Role;
  isFaulty: (name: string) => boolean;
};

/** Answers one request; every trouble becomes an error answer in the product's form. */
export function answer(service: Service, request: Request): Answer {
  try {
    if (request.path === '/swagger/index.js') return documents(service.world.settings.revision);
    return json(200, toBody(service, request));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return json(error.status, {
      errorCode: error.code,
      message: error.message,
      title: error.code,
      status: error.status,
    });
  }
}

export const json = (status: number, body: unknown): Answer => ({
  status,
  body: JSON.stringify(body),
  contentType: 'application/json; charset=utf-8',
});

function documents(newest: RevisionIndex): Answer {
  const urls = servedRevisions(newest).map(
    (name) => `{"url":"/swagger/v${name}/swagger.json","name":"v${name}"}`,
  );
  return {
    status: 200,
    body: `var configObject = JSON.parse('{"urls":[${urls.join(',')}]}');`,
    contentType: 'application/javascript',
  };
}

function toBody(service: Service, request: Request): unknown {
  const { world, auth } = service;
  const revision = negotiate(headerOf(request, 'x-api-version'), world.settings.revision);
  if (revision === undefined)
    throw new ApiError(400, 'NotImplemented', 'This version of the API is not supported');
  if (request.path === '/api/oauth2/token') return auth.token(formOf(request));
  const bearer = /^Bearer (.+)$/i.exec(headerOf(request, 'authorization') ?? '')?.[1];
  if (request.path === '/api/oauth2/logout') {
    requireMethod(request, 'POST');
    auth.logout(bearer);
    return {};
  }
  return callRoute(service, request, revision, bearer);
}

function callRoute(
  service: Service,
  request: Request,
  revision: RevisionIndex,
  bearer: string | undefined,
): unknown {
  const { world, auth, routes, role, isFaulty } = service;
  const match = findOperation(request.path, revision);
  const roles = match?.operation.roles[revision];
  if (roles !== '-') auth.check(bearer);
  const handler = match && routes[match.operation.path];
  if (!match || !handler || roles === undefined)
    throw new ApiError(404, 'InvalidURI', `There is no ${request.path}`);
  requireMethod(request, 'GET');
  if (roles !== '-' && !roles.includes(ROLES[role()]))
    throw new ApiError(403, 'AccessDenied', 'The role of the account does not permit this');
  const query = parseQuery(
    request.query,
    match.operation.parameters[revision] ?? new Map(),
    revision,
    world.zone,
  );
  return handler({ world, revision, query, ids: match.ids, now: world.clock.ms(), isFaulty });
}

function formOf(request: Request): URLSearchParams {
  requireMethod(request, 'POST');
  if (/^application\/x-www-form-urlencoded/i.test(headerOf(request, 'content-type') ?? ''))
    return new URLSearchParams(request.body);
  throw new ApiError(400, 'UnexpectedContent', 'The body has to be application/x-www-form-urlencoded');
}

function requireMethod({ method, path }: Request, wanted: string): void {
  if (method !== wanted) throw new ApiError(405, 'MethodNotAllowed', `${method} is not allowed for ${path}`);
}

function headerOf({ headers }: Request, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
