import assert from 'node:assert/strict';
import { Agent, request } from 'undici';
import type { SimulatorOptions } from '../../src/simulator/options.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';

export const NOW = new Date('2026-03-04T12:00:00Z');

export type Row = Record<string, unknown> & { id: string; name: string };
export type Reply = {
  status: number;
  headers: Record<string, unknown>;
  text: string;
  body: Record<string, unknown>;
};
type Query = Record<string, string | number | boolean | string[]>;

/** A signed-in client of a simulator, without any of the product's cleverness. */
export type Client = {
  simulator: Simulator;
  send: (
    method: 'GET' | 'POST',
    path: string,
    options?: { query?: Query; headers?: Record<string, string>; body?: string },
  ) => Promise<Reply>;
  get: (path: string, query?: Query) => Promise<Reply>;
  /** All rows of a list, in pages. @throws where an answer is not 200 */
  list: (path: string, query?: Query, pageRows?: number) => Promise<Row[]>;
  [Symbol.asyncDispose]: () => Promise<void>;
};

/** Starts a simulator that stands still at `NOW` unless told otherwise, and signs in. */
export async function startWithClient(
  options: SimulatorOptions = {},
  revision = options.revision ?? '1.3-rev1',
): Promise<Client> {
  const simulator = await startSimulator({ now: NOW, speed: 0, jobs: 20, days: 30, ...options });
  return openClient(simulator, revision);
}

async function openClient(simulator: Simulator, revision: string): Promise<Client> {
  const dispatcher = new Agent({ connect: { ca: simulator.ca } });
  const send: Client['send'] = async (method, path, { query = {}, headers = {}, body } = {}) => {
    const reply = await request(simulator.url + path + toText(query), {
      method,
      dispatcher,
      headers: { 'x-api-version': revision, ...headers },
      ...(body !== undefined && { body }),
    });
    const text = await reply.body.text();
    return { status: reply.statusCode, headers: reply.headers, text, body: parse(text) };
  };
  const { body } = await send('POST', '/api/oauth2/token', signIn(simulator));
  const get: Client['get'] = (path, query = {}) =>
    send('GET', path, { query, headers: { authorization: `Bearer ${String(body.access_token)}` } });
  return {
    simulator,
    send,
    get,
    list: (path, query, pageRows = 1000) => readAll(get, path, query ?? {}, pageRows),
    [Symbol.asyncDispose]: async () => {
      await dispatcher.destroy();
      await simulator.close();
    },
  };
}

export const signIn = ({ username, password }: Pick<Simulator, 'username' | 'password'>) =>
  form({ grant_type: 'password', username, password });

export const form = (fields: Record<string, string>) => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});

async function readAll(get: Client['get'], path: string, query: Query, limit: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const { status, body, text } = await get(path, { ...query, skip: rows.length, limit });
    assert.equal(status, 200, `${path}: ${text.slice(0, 200)}`);
    const page = body.data as Row[];
    rows.push(...page);
    if (page.length < limit) return rows;
  }
}

/** Arrays repeat their key. */
function toText(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, String(one)]),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
