import { SourceError } from '../errors.ts';
import type { Clock } from '../http/clock.ts';
import type { Log } from '../log.ts';

/** Times in milliseconds since 1970. */
export type AccessToken = { token: string; expiresAt: number; refreshAfter?: number | undefined };
export type TokenSource = () => Promise<AccessToken>;

export type ArmTokens = {
  /** A token that is good for a while. */
  current: () => Promise<string>;
  /** Another token than `stale`, which was refused; undefined if there is no other. */
  renew: (stale: string) => Promise<string | undefined>;
  /** Forgets the token and the credential, and that a sign-in was refused. */
  clear: () => void;
  /** The text without our secrets and tokens. */
  redact: (text: string) => string;
};

type Held = AccessToken & { renewAt: number };

/** The identity library fetches anew in the last five minutes of a token, and hands out its cached one before. */
const EARLY_MS = 4 * 60_000;
const AGAIN_MS = 30_000;
/** A wrong secret stays wrong for a while, and each try counts in the tenant's sign-in log. */
const REFUSAL_MS = 5 * 60_000;

/**
 * Keeps one token in memory, and nowhere else. It is renewed before its end, by one request however many ask for it; while
 * a renewal fails, the old token is used as long as it is good.
 * @param open makes a credential, without anything it may have cached before
 */
export function createArmTokens(
  open: () => TokenSource,
  { secrets, clock, log }: { secrets: readonly string[]; clock: Clock; log?: Log | undefined },
): ArmTokens {
  const hidden = new Set(secrets);
  let source: TokenSource | undefined;
  let held: Held | undefined;
  let flight: Promise<Held> | undefined;
  let refusal: { error: SourceError; until: number } | undefined;

  async function obtain(): Promise<Held> {
    if (refusal && clock.monotonic() < refusal.until) throw refusal.error;
    source ??= open();
    try {
      const token = await source();
      hidden.add(token.token);
      refusal = undefined;
      return { ...token, renewAt: renewAt(token, clock) };
    } catch (error) {
      if (error instanceof SourceError && error.code === 'sign-in')
        refusal = { error, until: clock.monotonic() + REFUSAL_MS };
      throw error;
    }
  }

  function singleFlight(): Promise<Held> {
    flight ??= obtain()
      .then((token) => {
        held = token;
        return token;
      })
      .finally(() => {
        flight = undefined;
      });
    return flight;
  }

  async function current(): Promise<string> {
    const now = clock.now();
    if (held && now < held.renewAt) return held.token;
    const old = held;
    try {
      return (await singleFlight()).token;
    } catch (error) {
      if (!old || now >= old.expiresAt - AGAIN_MS) throw error;
      log?.warn({ err: error }, 'the Azure token could not be renewed; the old one is still good');
      held = { ...old, renewAt: now + AGAIN_MS };
      return old.token;
    }
  }

  return {
    current,
    renew: async (stale) => {
      if (!flight && held && held.token !== stale) return held.token;
      if (!flight) {
        source = undefined;
        held = undefined;
      }
      const { token } = await singleFlight();
      return token === stale ? undefined : token;
    },
    clear: () => {
      source = undefined;
      held = undefined;
      refusal = undefined;
    },
    redact: (text) =>
      [...hidden]
        .flatMap((secret) => [secret, encodeURIComponent(secret)])
        .filter((secret) => secret !== '')
        .reduce((clean, secret) => clean.replaceAll(secret, '***'), text),
  };
}

/** The identity library may know that a token should be renewed earlier (long-lived tokens of managed identities). */
function renewAt({ expiresAt, refreshAfter = Number.POSITIVE_INFINITY }: AccessToken, clock: Clock): number {
  return Math.max(clock.now() + AGAIN_MS, Math.min(refreshAfter, expiresAt - EARLY_MS));
}
