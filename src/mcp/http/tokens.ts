import { timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import {
  digestOf,
  isLoopback,
  type McpHttpSettings,
  parseTokens,
  type TokenEntry,
} from '../../config/mcp.ts';
import type { Log } from '../../log.ts';

/** Who asks; `id` is the beginning of the token's digest, which may be logged. */
export type TokenVerdict = { kind: 'valid'; id: string } | { kind: 'missing' | 'unknown' | 'expired' };

export type TokenCheck = {
  /** False: no token was ever configured, and anybody on this machine may ask. */
  isNeeded: boolean;
  verify: (authorization: string | undefined) => TokenVerdict;
};

/**
 * Bearer tokens from the settings and from a file, which is read anew whenever it changes: so tokens are rotated while the
 * server runs. A file that cannot be read holds no token, nor does one count that is easy to guess where other machines can ask.
 */
export function createTokenCheck(
  { host, tokens, tokenFile }: Pick<McpHttpSettings, 'host' | 'tokens' | 'tokenFile'>,
  log: Log,
  now: () => number = Date.now,
): TokenCheck {
  const fromFile = tokenFile ? watchTokens(tokenFile, isLoopback(host), log) : () => [];
  return {
    isNeeded: tokens.length > 0 || tokenFile !== undefined,
    verify: (authorization) => {
      const [, token] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
      if (!token) return { kind: 'missing' };
      const found = findToken([...tokens, ...fromFile()], digestOf(token));
      if (!found) return { kind: 'unknown' };
      if (found.expiresAt !== undefined && found.expiresAt <= now()) return { kind: 'expired' };
      return { kind: 'valid', id: found.digest.slice(0, 8) };
    },
  };
}

/** Looks at all of them, so that the time it takes says nothing about which one came close. */
function findToken(known: readonly TokenEntry[], digest: string): TokenEntry | undefined {
  const given = Buffer.from(digest, 'hex');
  let found: TokenEntry | undefined;
  for (const entry of known) {
    // Of one token listed twice the one that lasts longer counts.
    const isEqual = timingSafeEqual(Buffer.from(entry.digest, 'hex'), given);
    if (isEqual && (!found || lasts(entry) > lasts(found))) found = entry;
  }
  return found;
}

const lasts = ({ expiresAt }: TokenEntry) => expiresAt ?? Number.POSITIVE_INFINITY;

function watchTokens(file: string, takesShort: boolean, log: Log): () => readonly TokenEntry[] {
  let seen = '';
  let tokens: readonly TokenEntry[] = [];
  return () => {
    const state = stateOf(file);
    if (state === seen) return tokens;
    seen = state;
    tokens = readTokens(file, takesShort, log);
    return tokens;
  };
}

function stateOf(file: string): string {
  try {
    const { ino, size, mtimeNs } = statSync(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    return `no file: ${(error as NodeJS.ErrnoException).code}`;
  }
}

function readTokens(file: string, takesShort: boolean, log: Log): readonly TokenEntry[] {
  try {
    const { tokens, wrong } = parseTokens(readFileSync(file, 'utf8'));
    const taken = tokens.filter(({ isShort }) => takesShort || !isShort);
    const facts = { known: taken.length, wrong, tooShort: tokens.length - taken.length };
    log[wrong + facts.tooShort > 0 ? 'warn' : 'info'](facts, 'MCP_HTTP_TOKEN_FILE read');
    return taken;
  } catch (err) {
    log.error({ err }, 'MCP_HTTP_TOKEN_FILE cannot be read: its tokens are refused');
    return [];
  }
}
