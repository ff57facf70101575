import type { ServerResponse } from 'node:http';
import {
  createVeeamClient,
  type VeeamClient,
  type VeeamOptions,
  type VeeamSettings,
} from '../../src/veeam/client.ts';
import { createTestClock, type TestClock } from './test-clock.ts';
import { type Certificate, type Request, sendJson, startTlsServer, type TlsServer } from './tls-server.ts';

/** JSON for 200, or anything else by hand. */
export type Route = (request: Request, response: ServerResponse) => unknown;

export type FakeVeeam = TlsServer & {
  routes: Record<string, Route>;
  clock: TestClock;
  /** How the token endpoint goes on. */
  auth: { expiresIn: unknown; accept: boolean; refreshLost: boolean; refuse: (token: string) => boolean };
  /** Grants asked for, in order. */
  readonly grants: string[];
  settings: VeeamSettings;
  client: (options?: VeeamOptions, settings?: Partial<VeeamSettings>) => VeeamClient;
  sent: (path: string) => Request[];
};

export const PASSWORD = 'p w+d&ü\\1';

/** Answered by hand already. */
export const DONE = Symbol('done');

/** A VBR server that knows how to sign in, tells its revisions, and has the given routes. */
export async function startFakeVeeam(
  routes: Record<string, Route> = {},
  certificate?: Certificate,
): Promise<FakeVeeam> {
  const auth = {
    expiresIn: 900 as unknown,
    accept: true,
    refreshLost: false,
    refuse: (_token: string) => false,
  };
  const grants: string[] = [];
  const valid = { access: new Set<string>(), refresh: new Set<string>() };
  const clients: VeeamClient[] = [];
  const all: Record<string, Route> = {
    '/swagger/index.js': (_request, response) => {
      response.end(
        'urls:[{"url":"/swagger/v1.3-rev0/swagger.json"},{"url":"/swagger/v1.3-rev1/swagger.json"}]',
      );
      return DONE;
    },
    '/api/v1/serverTime': () => ({
      serverTime: '2026-03-01T13:00:00.1234567+01:00',
      timeZone: '(UTC+01:00) Brussels, Copenhagen, Madrid, Paris',
    }),
    '/api/oauth2/token': ({ body }, response) => {
      const form = new URLSearchParams(body);
      const grant = form.get('grant_type') ?? '';
      grants.push(grant);
      const refresh = form.get('refresh_token') ?? '';
      const good =
        grant === 'password'
          ? auth.accept && form.get('username') === 'LAB\\reader' && form.get('password') === PASSWORD
          : valid.refresh.delete(refresh) && !auth.refreshLost;
      if (!good) return problem(response, 401, 'AccessDenied', 'Invalid user name or password');
      const number = grants.length;
      valid.access.add(`access-${number}`);
      valid.refresh.add(`refresh-${number}`);
      return {
        access_token: `access-${number}`,
        token_type: 'bearer',
        refresh_token: `refresh-${number}`,
        expires_in: auth.expiresIn,
      };
    },
    '/api/oauth2/logout': () => ({}),
    ...routes,
  };
  const open = new Set([
    '/swagger/index.js',
    '/api/v1/serverTime',
    '/api/v1/serverCertificate',
    '/api/oauth2/token',
    '/api/oauth2/logout',
  ]);
  const server = await startTlsServer(async (request, response) => {
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    if (
      !open.has(request.path) &&
      !request.path.startsWith('/swagger/') &&
      (!valid.access.has(token) || auth.refuse(token))
    ) {
      response.writeHead(401);
      response.end();
      return;
    }
    const route = all[request.path];
    if (!route) return void problem(response, 404, 'NotFound', `${request.path} not found`);
    const body = await route(request, response);
    if (body !== DONE) sendJson(response, 200, body);
  }, certificate);
  const settings: VeeamSettings = {
    server: 'localhost',
    port: server.port,
    username: 'LAB\\reader',
    password: PASSWORD,
    tls: { mode: 'pin', fingerprint: server.certificate.fingerprint },
  };
  const clock = createTestClock();
  const dispose = async () => {
    await Promise.all(clients.map((client) => client.close()));
    await server[Symbol.asyncDispose]();
  };
  return Object.defineProperties(
    {
      routes: all,
      clock,
      auth,
      grants,
      settings,
      client: (options: VeeamOptions = {}, other: Partial<VeeamSettings> = {}) => {
        const client = createVeeamClient({ ...settings, ...other }, { clock, ...options });
        clients.push(client);
        return client;
      },
      sent: (path: string) => server.requests.filter((request) => request.path === path),
    },
    { ...Object.getOwnPropertyDescriptors(server), [Symbol.asyncDispose]: { value: dispose } },
  ) as FakeVeeam;
}

/** An error as Veeam words it. */
export function problem(
  response: ServerResponse,
  status: number,
  errorCode: string,
  message: string,
): typeof DONE {
  sendJson(response, status, { errorCode, message });
  return DONE;
}

/** A list endpoint over `rows`, oldest first, that knows `skip`, `limit` and filters that say "after". */
export function listRoute<Row extends Record<string, unknown>>(
  rows: () => Row[],
  after: Readonly<Record<string, keyof Row & string>> = {},
): Route {
  return ({ query }) => {
    const skip = Number(query.get('skip') ?? 0);
    const limit = Number(query.get('limit') ?? 200);
    const matching = rows().filter((row) =>
      Object.entries(after).every(([filter, column]) => {
        const bound = query.get(filter);
        return bound === null || Date.parse(String(row[column])) >= Date.parse(bound);
      }),
    );
    const data = matching.slice(skip, skip + limit);
    return { data, pagination: { total: matching.length, count: data.length, skip, limit } };
  };
}

/** A GUID that is different for each number. */
export const guid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
