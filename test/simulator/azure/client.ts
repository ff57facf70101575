import { request } from 'node:https';
import { type AzureClient, createAzureClient } from '../../../src/azure/client.ts';
import type { VaultRef } from '../../../src/azure/paths.ts';
import type { AzureSimulator } from '../../../src/simulator/azure/azure.ts';
import type { SimulatorOptions } from '../../../src/simulator/options.ts';
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts';
import type { Truth } from '../../../src/simulator/truth/truth.ts';

export const NOW = new Date('2026-03-04T12:00:00Z');
export const VERSION = 'api-version=2023-04-01';

type Body = Record<string, unknown> & { value?: Row[]; nextLink?: string; error?: { code: string } };
export type Row = { id: string; name: string; type: string; properties: Record<string, unknown> };
export type Answer = { status: number; headers: Record<string, unknown>; body: Body };
type Asking = { method?: string; body?: string; headers?: Record<string, string> };

export type AzureTest = AsyncDisposable & {
  simulator: Simulator;
  azure: AzureSimulator;
  truth: NonNullable<Truth['findings']['azure']>;
  client: AzureClient;
  vaults: VaultRef[];
  /** Path of the first vault. */
  vault: string;
  /** Asks for a path or a link with the token that is always good. */
  ask: (target: string, asking?: Asking) => Promise<Answer>;
};

/** A simulator with an Azure half, whose clock stands still, and clients of it. */
export async function startAzureTest(options: SimulatorOptions = {}): Promise<AzureTest> {
  const simulator = await startSimulator({
    now: NOW,
    speed: 0,
    jobs: 12,
    days: 10,
    azurePort: 0,
    ...options,
  });
  const { azure } = simulator;
  const truth = simulator.truth.findings.azure;
  if (!azure || !truth) throw new Error('there is no Azure half');
  const clock = {
    now: () => NOW.getTime(),
    monotonic: () => performance.now(),
    sleep: async () => {},
    random: () => 0.5,
  };
  const client = createAzureClient(
    {
      resourceManagerUrl: azure.url,
      tls: { mode: 'ca', ca: simulator.ca },
      credential: { mode: 'static', token: azure.token },
    },
    { clock },
  );
  const vaults = azure.world.vaults.map(({ subscription: subscriptionId, group: resourceGroup, name }) => ({
    subscriptionId,
    resourceGroup,
    vault: name,
  }));
  return {
    simulator,
    azure,
    truth,
    client,
    vaults,
    vault: truth.vaults[0]?.id ?? '',
    ask: (target, asking = {}) => {
      const headers = { authorization: `Bearer ${azure.token}`, ...asking.headers };
      return exchange(target.startsWith('https') ? target : azure.url + target, simulator.ca, {
        ...asking,
        headers,
      });
    },
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await simulator.close();
    },
  };
}

function exchange(url: string, ca: string, { method = 'GET', body, headers = {} }: Asking): Promise<Answer> {
  return new Promise((done, failed) => {
    const sent = request(url, { ca, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () =>
        done({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: text.startsWith('{') ? (JSON.parse(text) as Body) : {},
        }),
      );
      response.on('error', failed);
    });
    sent.on('error', failed);
    sent.end(body);
  });
}

/** All rows of a list that is followed to its end. */
export async function allRows({ ask }: AzureTest, target: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (let next: string | undefined = target; next; ) {
    const { body }: Answer = await ask(next);
    rows.push(...(body.value ?? []));
    next = body.nextLink;
  }
  return rows;
}

export const filtered = (path: string, filter: string): string =>
  `${path}?${VERSION}&$filter=${encodeURIComponent(filter)}`;
/** An id as it goes into a path. */
export const pathOf = (id: string): string => id.split('/').map(encodeURIComponent).join('/');
