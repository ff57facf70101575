import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Simulator } from '../../src/simulator/simulator.ts';

export type Json = Record<string, unknown>;

/** What the servers themselves say: read here by few lines that share nothing with the product. */
export type RawApi = {
  /** All rows of a list of the backup server. */
  veeam: (path: string) => Promise<Json[]>;
  /** One object of the backup server. */
  veeamOne: (path: string) => Promise<Json>;
  /** All rows of a list of the resource manager. */
  azure: (path: string) => Promise<Json[]>;
};

export async function openRawApi(simulator: Simulator): Promise<RawApi> {
  const ca = readFileSync(simulator.caFile, 'utf8');
  const send = async (
    url: string,
    options: { method?: string; headers: Record<string, string>; body?: string },
  ) => {
    const { method = 'GET', headers, body } = options;
    const sent = request(url, { ca, method, headers });
    sent.end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const json = await text(answer);
    assert.equal(answer.statusCode, 200, `${url}: ${json}`);
    return JSON.parse(json) as Json;
  };
  const { username, password } = simulator;
  const version = { 'x-api-version': '1.3-rev1' };
  const login = await send(`${simulator.url}/api/oauth2/token`, {
    method: 'POST',
    headers: { ...version, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'password', username, password }).toString(),
  });
  const headers = { ...version, authorization: `Bearer ${String(login.access_token)}` };
  const veeamOne = (path: string) => send(`${simulator.url}/api/v1${path}`, { headers });
  const veeam = async (path: string) => {
    const rows: Json[] = [];
    for (;;) {
      const page = await veeamOne(`${path}${path.includes('?') ? '&' : '?'}skip=${rows.length}&limit=200`);
      rows.push(...(page.data as Json[]));
      if (rows.length >= Number((page.pagination as Json).total)) return rows;
    }
  };
  const azure = async (path: string) => {
    const rows: Json[] = [];
    const half = simulator.azure;
    let next: unknown = `${half?.url}${path}`;
    while (typeof next === 'string' && next !== '') {
      const page = await send(next, { headers: { authorization: `Bearer ${half?.token}` } });
      rows.push(...(page.value as Json[]));
      next = page.nextLink;
    }
    return rows;
  };
  return { veeam, veeamOne, azure };
}
