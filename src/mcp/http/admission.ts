import type { IncomingMessage, ServerResponse } from 'node:http';
import type { McpHttpSettings } from '../../config/mcp.ts';
import type { Log } from '../../log.ts';
import { HttpRefusal } from './answers.ts';
import { messagesIn, readJson } from './body.ts';
import type { Admitted } from './endpoint.ts';
import { baseUrl, toUnauthorized } from './metadata.ts';
import { createRateLimit } from './rate-limit.ts';
import type { TokenCheck } from './tokens.ts';

/** Attempts without a valid token, per minute and address. */
const FAILURES_PER_MINUTE = 30;

/**
 * Lets a request in: by token, by rate and by size, in this order, so that nothing is read of a stranger.
 * @returns a function that throws HttpRefusal if it does not
 */
export function createAdmission(
  settings: McpHttpSettings,
  tokens: TokenCheck,
  log: Log,
): (request: IncomingMessage, response: ServerResponse) => Promise<Admitted> {
  const { publicUrl, ratePerMinute, maxBodyBytes } = settings;
  const messages = createRateLimit(ratePerMinute);
  const failures = createRateLimit(FAILURES_PER_MINUTE);

  const identify = (request: IncomingMessage): string => {
    const address = request.socket.remoteAddress ?? 'unknown address';
    if (!tokens.isNeeded) return address;
    const verdict = tokens.verify(request.headers.authorization);
    if (verdict.kind === 'valid') return `token ${verdict.id}`;
    const wait = failures.take(address, 1);
    if (wait > 0) throw tooMany(wait, 'too many requests without a valid token');
    log.warn({ address, reason: verdict.kind }, 'request without a valid token');
    throw toUnauthorized(verdict.kind, baseUrl(publicUrl, request));
  };

  return async (request, response) => {
    const caller = identify(request);
    const wait = messages.take(caller, 1);
    if (wait > 0) throw tooMany(wait, `more than ${ratePerMinute} messages in a minute`);
    if (request.method !== 'POST') return { request, response, body: undefined, caller };
    const body = await readJson(request, maxBodyBytes);
    const more = messagesIn(body) - 1;
    const waitMore = more > 0 ? messages.take(caller, more) : 0;
    if (waitMore > 0) throw tooMany(waitMore, `more than ${ratePerMinute} messages in a minute`);
    return { request, response, body, caller };
  };
}

const tooMany = (seconds: number, message: string) =>
  new HttpRefusal(429, `${message}: wait ${seconds} s`, { headers: { 'retry-after': String(seconds) } });
