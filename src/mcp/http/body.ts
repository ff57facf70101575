import type { IncomingMessage } from 'node:http';
import { HttpRefusal } from './answers.ts';

/** Messages that one request may carry. */
const MOST_MESSAGES = 20;

/**
 * The JSON of a request.
 * @throws HttpRefusal if it is no JSON, or too much of it
 */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw new HttpRefusal(415, 'the Content-Type has to be application/json');
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw new HttpRefusal(415, 'the body must not be compressed');
  const text = await readText(request, maxBytes);
  const body = parse(text);
  if (Array.isArray(body) && body.length > MOST_MESSAGES)
    throw new HttpRefusal(400, `more than ${MOST_MESSAGES} messages in one request`, { code: -32600 });
  return body;
}

/** How many messages a request carries, each of which counts. */
export const messagesIn = (body: unknown): number => (Array.isArray(body) ? Math.max(1, body.length) : 1);

async function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpRefusal(400, 'the body is not JSON', { code: -32700 });
  }
}

/** What is still on its way is not read, so the connection is of no further use. */
const tooLarge = (maxBytes: number) =>
  new HttpRefusal(413, `the body is larger than ${maxBytes} bytes`, { headers: { connection: 'close' } });
