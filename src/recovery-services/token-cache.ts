import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type AzureSettings, toEndpoint } from '../azure/settings.ts';
import type { TokenStore } from '../azure/token.ts';
import type { Log } from '../log.ts';
import type { PrivateFiles } from './private-files.ts';

const kept = z.object({
  token: z.string().min(1),
  expiresAt: z.number(),
  refreshAfter: z.number().optional(),
});
const PREFIX = 'token-';

/**
 * Tokens of one identity at one resource manager, in a file that its owner alone may read. An identity that somebody else
 * signs in (`az login`) is not kept: the file would outlive a change of account. undefined: nothing is to be kept.
 */
export function tokenCache(azure: AzureSettings, files: PrivateFiles, log: Log): TokenStore | undefined {
  if (azure.credential.mode === 'azure-cli' || azure.credential.mode === 'static') return undefined;
  const name = fileName(azure);
  const tried = <T>(what: string, work: () => T): T | undefined => {
    try {
      return work();
    } catch (err) {
      log.warn({ err }, `${what}: going on without kept tokens`);
      return undefined;
    }
  };
  return {
    read: () =>
      tried('the kept token cannot be read', () => {
        const text = files.read(name);
        const parsed = kept.safeParse(text === undefined ? undefined : jsonOf(text));
        return parsed.success ? parsed.data : undefined;
      }),
    keep: (token) => {
      tried('the token cannot be kept', () => files.write(name, JSON.stringify(token)));
    },
    clear: () => {
      tried('the kept token cannot be removed', () => files.remove((other) => other === name));
    },
  };
}

/** Forgets the kept tokens of all identities. @returns how many there were */
export function removeKeptTokens(files: PrivateFiles): number {
  return files.remove((name) => name.startsWith(PREFIX));
}

/** Another identity, secret or cloud has another file: a token is never used for what it was not made for. */
function fileName(azure: AzureSettings): string {
  const { scope, authorityHost, origin } = toEndpoint(azure);
  const identity = JSON.stringify([azure.credential, scope, authorityHost, origin]);
  return `${PREFIX}${createHash('sha256').update(identity).digest('hex').slice(0, 32)}.json`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // half a file is no token
  }
}
