import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';

export type Certificate = { key: string; cert: string; fingerprint: string };
export type Request = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
};
export type Handler = (request: Request, response: ServerResponse) => void | Promise<void>;

export type TlsServer = {
  port: number;
  certificate: Certificate;
  requests: Request[];
  /** Bytes that came in after the handshakes. */
  readonly bytesReceived: number;
  /** New connections get this one. */
  setCertificate: (certificate: Certificate) => void;
  closeConnections: () => void;
  [Symbol.asyncDispose]: () => Promise<void>;
};

/** A self-signed certificate for `localhost` and 127.0.0.1, or for another name. */
export async function createCertificate(name = 'localhost', days = 30): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    keySize: 2048,
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 86_400_000 * 40),
    notAfterDate: new Date(Date.now() + 86_400_000 * days),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: name },
          ...(name === 'localhost' ? [{ type: 7 as const, ip: '127.0.0.1' }] : []),
        ],
      },
    ],
  });
  const { raw } = new X509Certificate(cert);
  const hex = createHash('sha256').update(raw).digest('hex').toUpperCase();
  return { key, cert, fingerprint: hex.match(/../g)?.join(':') ?? '' };
}

let shared: Promise<Certificate> | undefined;

/** A real HTTPS server on the loopback address that records what it is sent. */
export async function startTlsServer(handler: Handler, given?: Certificate): Promise<TlsServer> {
  shared ??= createCertificate();
  const certificate = given ?? (await shared);
  const requests: Request[] = [];
  let bytesReceived = 0;
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (message, response) => {
    receive(message).then(
      async (request) => {
        requests.push(request);
        await handler(request, response);
      },
      () => response.destroy(),
    );
  });
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {}); // clients that hang up are part of the tests
    socket.on('data', (chunk: Buffer) => {
      bytesReceived += chunk.length;
    });
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    certificate,
    requests,
    get bytesReceived() {
      return bytesReceived;
    },
    setCertificate: ({ key, cert }) => server.setSecureContext({ key, cert }),
    closeConnections: () => server.closeAllConnections(),
    [Symbol.asyncDispose]: () => stop(server),
  };
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

async function receive(message: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const url = new URL(message.url ?? '/', 'https://server');
  return {
    method: message.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: message.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
