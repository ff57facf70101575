import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { startTlsServer } from '../../support/tls-server.ts';

/** What becomes of a text that a server sends: called with the name of its field. */
export type Rewrite = (field: string, text: string, path: string) => string;

type Upstream = { url: string; ca: string };
export type RewritingProxy = AsyncDisposable & { url: string; fingerprint: string; ca: string };

/** A server that answers as another one does, but for texts in its JSON; addresses of the other one become its own. */
export async function startRewritingProxy(upstream: Upstream, rewrite: Rewrite): Promise<RewritingProxy> {
  const { hostname, port } = new URL(upstream.url);
  const agent = new Agent({ ca: upstream.ca, keepAlive: true });
  const server = await startTlsServer(async ({ method, path, query, headers, body }, response) => {
    const { host: _host, 'accept-encoding': _encoding, ...rest } = headers;
    const search = query.size > 0 ? `?${query.toString()}` : '';
    const sent = request({ hostname, port, agent, method, path: path + search, headers: rest });
    sent.end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const { 'content-length': _length, 'transfer-encoding': _transfer, ...kept } = answer.headers;
    const bytes = await buffer(answer);
    const isJson = /json/.test(answer.headers['content-type'] ?? '') && !path.includes('token');
    const own = (text: string) => text.replaceAll(upstream.url, proxy.url);
    response.writeHead(answer.statusCode ?? 502, kept);
    response.end(isJson ? rewritten(bytes.toString('utf8'), (f, t) => own(rewrite(f, t, path))) : bytes);
  });
  const proxy = {
    url: `https://127.0.0.1:${server.port}`,
    fingerprint: server.certificate.fingerprint,
    ca: server.certificate.cert,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      agent.destroy();
    },
  };
  return proxy;
}

function rewritten(json: string, rewrite: (field: string, text: string) => string): string {
  const visit = (value: unknown, field: string): unknown => {
    if (typeof value === 'string') return rewrite(field, value);
    if (Array.isArray(value)) return value.map((part) => visit(part, field));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, visit(part, key)]));
  };
  return json === '' ? json : JSON.stringify(visit(JSON.parse(json), ''));
}
