import type { AzureClient, AzureOptions } from '../../src/azure/client.ts';
import { createAzureClient } from '../../src/azure/client.ts';
import type { AzureSettings } from '../../src/azure/settings.ts';
import { createTestClock, type TestClock } from '../support/test-clock.ts';
import { type Handler, sendJson, startTlsServer, type TlsServer } from '../support/tls-server.ts';

export const TOKEN = 'a-token-that-nobody-else-may-see';
export const SUBSCRIPTION = '11111111-1111-1111-1111-111111111111';
export const VAULT = { subscriptionId: SUBSCRIPTION, resourceGroup: 'rg-vault', vault: 'kv1' };
export const VAULT_PATH = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-vault/providers/Microsoft.RecoveryServices/vaults/kv1`;

/** What a path answers: a body, or whatever a handler does. Paths are compared as Azure does, ignoring case. */
export type Routes = Record<string, Handler | object>;

export type FakeArm = TlsServer & {
  origin: string;
  /** From now on this answers every request that has the token. */
  serve: (handler: Handler) => void;
  clock: TestClock;
  client: (options?: AzureOptions, settings?: Partial<AzureSettings>) => AzureClient;
};

/** A resource manager over TLS, and clients that trust its certificate. Requests without the token get a 401. */
export async function startFakeArm(routes: Routes | ((origin: string) => Routes)): Promise<FakeArm> {
  let table: Map<string, Handler | object> = new Map();
  let all: Handler | undefined;
  const server = await startTlsServer((request, response) => {
    const answer = all ?? table.get(decodeURIComponent(request.path).toLowerCase());
    if (request.headers.authorization !== `Bearer ${TOKEN}` && typeof answer !== 'function')
      return sendJson(response, 401, { error: { code: 'InvalidAuthenticationToken', message: 'no token' } });
    if (typeof answer === 'function') return answer(request, response);
    if (answer === undefined)
      return sendJson(response, 404, { error: { code: 'ResourceNotFound', message: 'not there' } });
    return sendJson(response, 200, answer);
  });
  const origin = `https://localhost:${server.port}`;
  const given = typeof routes === 'function' ? routes(origin) : routes;
  table = new Map(Object.entries(given).map(([path, answer]) => [path.toLowerCase(), answer]));
  const clock = createTestClock();
  return Object.assign(server, {
    origin,
    serve: (handler: Handler) => {
      all = handler;
    },
    clock,
    client: (options: AzureOptions = {}, settings: Partial<AzureSettings> = {}) =>
      createAzureClient(
        {
          resourceManagerUrl: origin,
          tls: { mode: 'ca', ca: server.certificate.cert },
          credential: { mode: 'static', token: TOKEN },
          ...settings,
        },
        { clock, ...options },
      ),
  });
}

/** All rows of a list. */
export async function rowsOf<Row>(pages: AsyncGenerator<{ items: Row[] }>): Promise<Row[]> {
  return (await Array.fromAsync(pages)).flatMap(({ items }) => items);
}

export function countOf(server: TlsServer, path: string): number {
  return server.requests.filter((request) => request.path.toLowerCase() === path.toLowerCase()).length;
}
