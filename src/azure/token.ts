import { SourceError } from '../errors.ts';
import type { Clock } from '../http/clock.ts';
import type { Log } from '../log.ts';

/** Times in milliseconds since 1970. */
export type AccessToken = { token: string; expiresAt: number; refreshAfter?: number | undefined };
export type TokenSource = () => Promise<AccessToken>;

/** Keeps one token beyond the process. What it cannot read or keep is its own concern: signing in works without. */
export type TokenStore = {
  read: () => AccessToken | undefined;
  keep: (token: AccessToken) => void;
  /** Forgets what is kept. */
  clear: () => void;
};

export type ArmTokens = {
  /** A token that is good for a while. */
  current: () => Promise<string>;
  /** Another token than `stale`, which was refused; undefined if there is no other. */
  renew: (stale: string) => Promise<string | undefined>;
  /** Forgets the token and the credential, and that a sign-in was refused; the store too. @returns tokens forgotten here */
  clear: () => number;
  /** The same without the store: this process has no more use for them. */
  forget: () => void;
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
 * Keeps one token in memory, and in `store` if there is one. It is renewed before its end, by one request however many ask for it; while
 * a renewal fails, the old token is used as long as it is good.
 * @param open makes a credential, without anything it may have cached before
 */
export function createArmTokens(
  open: () => TokenSource,
  {
    secrets,
    clock,
    log,
    store,
  }: { secrets: readonly string[]; clock: Clock; log?: Log | undefined; store?: TokenStore | undefined },
): ArmTokens {
  const hidden = new Set(secrets);
  let source: TokenSource | undefined;
  let held: Held | undefined;
  let flight: Promise<Held> | undefined;
  let refusal: { error: SourceError; until: number } | undefined;

  /** What another process kept, if it is good for a while. A token of this process is never read back. */
  let mayReadStore = true;
  function fromStore(): Held | undefined {
    const kept = mayReadStore ? store?.read() : undefined;
    mayReadStore = false;
    if (!kept || kept.expiresAt - EARLY_MS <= clock.now()) return undefined;
    hidden.add(kept.token);
    return { ...kept, renewAt: renewAt(kept, clock) };
  }

  async function obtain(): Promise<Held> {
    const kept = fromStore();
    if (kept) return kept;
    if (refusal && clock.monotonic() < refusal.until) throw refusal.error;
    source ??= open();
    try {
      const token = await source();
      hidden.add(token.token);
      refusal = undefined;
      store?.keep(token);
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

  const forget = () => {
    source = undefined;
    held = undefined;
    refusal = undefined;
  };

  return {
    current,
    forget,
    renew: async (stale) => {
      if (!flight && held && held.token !== stale) return held.token;
      if (!flight) {
        source = undefined;
        held = undefined;
        mayReadStore = false;
        store?.clear();
      }
      const { token } = await singleFlight();
      return token === stale ? undefined : token;
    },
    clear: () => {
      const count = held ? 1 : 0;
      forget();
      mayReadStore = false;
      store?.clear();
      return count;
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
