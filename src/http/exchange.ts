import type { Dispatcher } from 'undici';
import { SourceError } from '../errors.ts';
import type { Clock } from './clock.ts';

export type HttpRequest = {
  /** Who may send more than GET and POST is decided above: see `src/azure/writer.ts`. */
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  headers: Record<string, string>;
  body?: string | undefined;
};

/** An answer of any status. `json` is undefined if the body is empty or, with another status than 200, no JSON. */
export type HttpAnswer = {
  status: number;
  header: (name: string) => string | undefined;
  text: string;
  json: unknown;
  bytes: number;
  /** Milliseconds since 1970 by our clock: when the request was sent, and when the answer began. */
  sentAt: number;
  answeredAt: number;
};

export type BodyRule = {
  /** `nothing`: the status alone is of interest, the body is not read. */
  expect: 'json' | 'text' | 'nothing';
  maxBytes: number;
  /** The body holds a secret: nothing of it may get into a message. */
  secret: boolean;
  signal: AbortSignal;
};

/** Sends one request, once, and reads the whole answer. Errors rise as they come. */
export async function exchange(
  dispatcher: Dispatcher,
  origin: string,
  { method, path, headers, body }: HttpRequest,
  { expect, maxBytes, secret, signal }: BodyRule,
  clock: Clock,
): Promise<HttpAnswer> {
  const sentAt = clock.now();
  const response = await dispatcher.request({
    origin,
    method,
    path,
    headers,
    body: body ?? null,
    signal,
    headersTimeout: 0, // the signal bounds the whole exchange
    bodyTimeout: 0,
  });
  const answeredAt = clock.now();
  const { text, bytes } = await readBody(response.body, expect, maxBytes, path);
  const status = response.statusCode;
  return {
    status,
    header: (name) => [response.headers[name]].flat()[0],
    text,
    json:
      expect === 'json' ? parseJson(text, status, secret ? undefined : text.slice(0, 60), path) : undefined,
    bytes,
    sentAt,
    answeredAt,
  };
}

async function readBody(
  body: Dispatcher.ResponseData['body'],
  expect: BodyRule['expect'],
  maxBytes: number,
  path: string,
): Promise<{ text: string; bytes: number }> {
  if (expect === 'nothing') {
    body.on('error', () => {}); // given up by us, so what happens to the rest is of no interest
    body.destroy();
    return { text: '', bytes: 0 };
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) throw tooLarge(path, maxBytes);
    chunks.push(chunk as Buffer);
  }
  return {
    text: Buffer.concat(chunks, bytes)
      .toString('utf8')
      .replace(/^\uFEFF/, ''),
    bytes,
  };
}

function tooLarge(path: string, maxBytes: number): SourceError {
  return new SourceError(`the answer of ${pathOnly(path)} is larger than ${maxBytes} bytes`, {
    code: 'bad-answer',
    retryable: false,
  });
}

/** Escapes of what no database holds: NUL, and halves of surrogate pairs. */
const UNSTORABLE = /\\u(0000|d[89a-f])/i;

/** Taken out at the door: a name is looked up, compared and stored in many places, and one of them would fail. */
const withoutUnstorable = (_key: string, value: unknown) =>
  typeof value === 'string' ? value.replaceAll('\u0000', '').toWellFormed() : value;

/** A success has to be JSON; an error may have any body, such as a proxy's HTML page. */
function parseJson(text: string, status: number, shown: string | undefined, path: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return UNSTORABLE.test(text) ? JSON.parse(text, withoutUnstorable) : JSON.parse(text);
  } catch (cause) {
    if (status < 200 || status >= 300) return undefined;
    // A syntax error quotes the text as well, so it is left out together with it.
    const beginning = shown === undefined ? '' : `, beginning with ${JSON.stringify(shown)}`;
    throw new SourceError(
      `${pathOnly(path)} answered ${status} with something that is not JSON${beginning}`,
      { code: 'bad-answer', status, retryable: true, cause: shown === undefined ? undefined : cause },
    );
  }
}

const pathOnly = (path: string) => path.split('?', 1)[0];
