import type { Clock } from './clock.ts';

export type RetrySettings = {
  /** Retries of one call for trouble that usually passes (502, 503, 504, 429, a reset connection). */
  retries: number;
  baseMs: number;
  capMs: number;
  /** Longest wait that a `Retry-After` gets. */
  retryAfterCapMs: number;
  /** A `Retry-After` that is longer is not waited for: the refusal is the answer. undefined: each is. */
  longestPauseMs?: number | undefined;
};

export const RETRY_DEFAULTS: RetrySettings = {
  retries: 4,
  baseMs: 500,
  capMs: 30_000,
  retryAfterCapMs: 60_000,
};

/** A 500 is often a lasting bug of one request, and a time-out or a broken body costs long: two retries, no more. */
const STUBBORN_RETRIES = 2;

const PASSING = new Set([429, 502, 503, 504]);

/** How often a call that was answered so is sent again. */
export function retriesForStatus(status: number, { retries }: RetrySettings): number {
  if (PASSING.has(status)) return retries;
  return status === 500 || status === 408 ? Math.min(STUBBORN_RETRIES, retries) : 0;
}

/** How often a call that failed so is sent again. */
export function retriesForFailure(
  kind: 'passing' | 'stubborn' | 'lasting',
  { retries }: RetrySettings,
): number {
  if (kind === 'lasting') return 0;
  return kind === 'passing' ? retries : Math.min(STUBBORN_RETRIES, retries);
}

/**
 * Milliseconds before the retry after `attempt` (0 for the first): exponential with "equal jitter", half of it chance.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backOffMs(attempt: number, { baseMs, capMs }: RetrySettings, clock: Clock): number {
  const full = Math.min(capMs, baseMs * 2 ** attempt);
  return full / 2 + (full / 2) * clock.random();
}

/**
 * Milliseconds that a `Retry-After` header asks for, in either of its forms (seconds, HTTP date), capped.
 * undefined: no header, or none that can be read.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMs(
  header: string | undefined,
  { retryAfterCapMs }: RetrySettings,
  clock: Clock,
): number | undefined {
  const ms = askedMs(header, clock);
  return ms === undefined ? undefined : Math.min(retryAfterCapMs, ms);
}

/** Whether a `Retry-After` asks for a longer wait than anybody is ready for. */
export function isTooLong(
  header: string | undefined,
  { longestPauseMs }: RetrySettings,
  clock: Clock,
): boolean {
  return longestPauseMs !== undefined && (askedMs(header, clock) ?? 0) > longestPauseMs;
}

function askedMs(header: string | undefined, clock: Clock): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - clock.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
