import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import type { NotifySettings } from '../../config/observability.ts';
import { ConfigError } from '../../errors.ts';
import { systemClock } from '../../http/clock.ts';
import { RETRY_DEFAULTS, retryAfterMs } from '../../http/retry.ts';
import type { Content } from './content.ts';
import { toBody } from './shapes.ts';

type Posted =
  | { isTaken: true; status: number }
  /** `error` is a status or a code: never a text of the receiver or of the network, which may quote the address. */
  | { isTaken: false; error: string; waitMs: number | undefined };

export type Poster = { post: (id: string, content: Content) => Promise<Posted>; close: () => Promise<void> };

const TIMEOUT_MS = 15_000;
/** As long as a receiver may ask us to wait. */
const LONGEST_WAIT_MS = 3_600_000;

/**
 * Posts messages to the webhook, each once. Redirects are not followed: the address is the secret that lets us post, and it
 * goes nowhere else.
 * @throws ConfigError if the CA file cannot be read
 */
export function createPoster({ url, format, caFile }: NotifySettings): Poster {
  const agent = new Agent({
    connect: { timeout: TIMEOUT_MS, ...(caFile === undefined ? {} : { ca: readCa(caFile) }) },
    connections: 1,
    pipelining: 0,
  });
  return {
    post: async (id, content) => {
      try {
        const { statusCode, headers, body } = await request(url, {
          method: 'POST',
          dispatcher: agent,
          headers: { 'content-type': 'application/json; charset=utf-8', 'idempotency-key': id },
          body: JSON.stringify(toBody(format, id, content)),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        await body.dump({ limit: 65_536 }).catch(() => {});
        if (statusCode >= 200 && statusCode < 300) return { isTaken: true, status: statusCode };
        const asked = [headers['retry-after']].flat()[0];
        const settings = { ...RETRY_DEFAULTS, retryAfterCapMs: LONGEST_WAIT_MS };
        return {
          isTaken: false,
          error: `status ${statusCode}`,
          waitMs: retryAfterMs(asked, settings, systemClock),
        };
      } catch (error) {
        return { isTaken: false, error: codeOf(error), waitMs: undefined };
      }
    },
    close: () => agent.destroy(),
  };
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  const code = 'code' in error ? String(error.code) : error.name;
  return /^[A-Za-z0-9_]{1,60}$/.test(code) ? code : 'unknown';
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`NOTIFY_CA_FILE=${file} cannot be read`, { cause });
  }
}
