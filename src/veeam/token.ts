import * as z from 'zod';
import { SourceError } from '../errors.ts';
import type { Clock } from '../http/clock.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { rememberLogin } from '../observability/secrets.ts';

export type TokenRequest = { fields: Record<string, string>; repeatable: boolean };
export type Tokens = {
  /** An access token that is good for a while. `pay` is called if a request has to be sent for it. */
  current: (pay: () => void) => Promise<string>;
  /** A token newer than `stale`, which the server refused. */
  renew: (stale: string, pay: () => void) => Promise<string>;
  /** The access token in use, if any; none afterwards. */
  take: () => string | undefined;
  /** The text without our password and tokens. */
  redact: (text: string) => string;
};

type Pair = { access: string; refresh: string | undefined; renewAt: number };

const EARLY_SECONDS = 90;
/** Only if the server does not say how long a token lives. */
const UNSTATED_LIFE_SECONDS = 300;
/** Each refused password counts towards the account's lockout. */
const REFUSAL_MS = 15 * 60_000;

const answerSchema = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullish(),
  expires_in: z.coerce.number().positive().nullish().catch(undefined),
});

/**
 * Keeps one session with the server: signs in with the password, renews with the refresh token well before the end, and
 * falls back to the password once where the refresh token is lost. However many calls want a token, one request is sent.
 * A refused password is remembered, and not tried again for 15 minutes, so that no account gets locked.
 */
export function createTokens(
  credentials: { username: string; password: string },
  send: (request: TokenRequest) => Promise<HttpAnswer>,
  toError: (answer: HttpAnswer) => SourceError,
  clock: Clock,
): Tokens {
  let pair: Pair | undefined;
  let flight: Promise<Pair> | undefined;
  let refusal: { error: SourceError; until: number } | undefined;
  const secrets = new Set([credentials.password]);
  rememberLogin(credentials.username, credentials.password);

  async function obtain(): Promise<Pair> {
    if (refusal && clock.monotonic() < refusal.until) throw refusal.error;
    const refreshToken = pair?.refresh;
    pair = undefined; // single use: whatever comes of it, it is spent
    const renewed = refreshToken ? await refresh(refreshToken) : undefined;
    return renewed ?? signIn();
  }

  /** undefined: the refresh token is no longer good (a restart of the service loses them), or got lost on the way. */
  async function refresh(token: string): Promise<Pair | undefined> {
    const asked = clock.monotonic();
    try {
      const fields = { grant_type: 'refresh_token', refresh_token: token };
      const answer = await send({ fields, repeatable: false });
      return answer.status === 200 ? toPair(answer, asked) : undefined;
    } catch (error) {
      if (error instanceof SourceError && error.code !== 'tls') return undefined;
      throw error;
    }
  }

  async function signIn(): Promise<Pair> {
    const asked = clock.monotonic();
    const answer = await send({ fields: { grant_type: 'password', ...credentials }, repeatable: true });
    if (answer.status === 200) return toPair(answer, asked);
    const error = toError(answer);
    if (error.code === 'sign-in') refusal = { error, until: clock.monotonic() + REFUSAL_MS };
    throw error;
  }

  function toPair({ json }: HttpAnswer, asked: number): Pair {
    const parsed = answerSchema.safeParse(json);
    if (!parsed.success) {
      throw new SourceError('the sign-in was answered without an access token', {
        code: 'bad-answer',
        retryable: true,
      });
    }
    const { access_token: access, refresh_token: refresh, expires_in: life } = parsed.data;
    for (const secret of [access, refresh]) if (secret) secrets.add(secret);
    const seconds = life ?? UNSTATED_LIFE_SECONDS;
    const early = Math.min(EARLY_SECONDS, seconds / 2);
    return { access, refresh: refresh ?? undefined, renewAt: asked + (seconds - early) * 1000 };
  }

  function singleFlight(pay: () => void): Promise<Pair> {
    if (flight) return flight;
    pay();
    flight = obtain()
      .then((obtained) => {
        pair = obtained;
        return obtained;
      })
      .finally(() => {
        flight = undefined;
      });
    return flight;
  }

  return {
    current: async (pay) => {
      if (pair && clock.monotonic() < pair.renewAt) return pair.access;
      return (await singleFlight(pay)).access;
    },
    renew: async (stale, pay) => {
      if (!flight && pair && pair.access !== stale) return pair.access;
      return (await singleFlight(pay)).access;
    },
    take: () => {
      const access = pair?.access;
      pair = undefined;
      return access;
    },
    redact: (text) => {
      let clean = text;
      for (const secret of secrets) {
        for (const form of [secret, encodeURIComponent(secret)]) clean = clean.replaceAll(form, '***');
      }
      return clean;
    },
  };
}
