import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import type { AzureOperation } from '../azure/operations/operation.ts';
import type { VaultRef } from '../azure/paths.ts';
import type { Log } from '../log.ts';
import { ToolError } from './errors.ts';
import type { PrivateFiles } from './private-files.ts';

/** What a handle stands for. */
type Tracked = { operation: AzureOperation; vault: VaultRef; tool: string; startedAt: Date };

export type Handles = {
  /** An opaque text that only this user's server can have made. */
  seal: (tracked: Tracked) => string;
  /** @throws ToolError `validation` if it is none of ours, of another Azure, or too old */
  open: (handle: string) => Tracked;
};

const KEY_FILE = 'handles.key';
/** Azure forgets operations long before. */
const GOOD_FOR_MS = 14 * 86_400_000;

const sealed = z.object({
  v: z.literal(1),
  origin: z.string(),
  kind: z.enum(['status', 'result']),
  target: z.string().startsWith('/'),
  id: z.string(),
  retry: z.number().optional(),
  vault: z.tuple([z.string(), z.string(), z.string()]),
  tool: z.string(),
  at: z.number(),
});

/**
 * Handles of operations at one resource manager: signed, so that no address from elsewhere is ever followed with a token.
 * The key outlives the process, and with it the handles.
 */
export function createHandles(
  origin: string,
  files: PrivateFiles,
  { log, now }: { log: Log; now: () => number },
): Handles {
  let key: Buffer | undefined;
  const sign = (text: string) => {
    key ??= openKey(files, log);
    return createHmac('sha256', key).update(text).digest();
  };
  return {
    seal: ({ operation, vault, tool, startedAt }) => {
      const { kind, target, id, retryAfterSeconds: retry } = operation;
      const place = [vault.subscriptionId, vault.resourceGroup, vault.vault];
      const body = { v: 1, origin, kind, target, id, retry, vault: place, tool, at: startedAt.getTime() };
      const text = Buffer.from(JSON.stringify(body)).toString('base64url');
      return `${text}.${sign(text).toString('base64url')}`;
    },
    open: (handle) => {
      const [text = '', signature = ''] = handle.trim().split('.');
      const given = Buffer.from(signature, 'base64url');
      const right = sign(text);
      if (given.length !== right.length || !timingSafeEqual(given, right)) throw foreign();
      const parsed = sealed.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
      if (!parsed.success || parsed.data.origin !== origin) throw foreign();
      const { kind, target, id, retry, vault, tool, at } = parsed.data;
      if (now() - at > GOOD_FOR_MS) throw expired();
      const [subscriptionId, resourceGroup, name] = vault;
      return {
        operation: { kind, target, id, retryAfterSeconds: retry },
        vault: { subscriptionId, resourceGroup, vault: name },
        tool,
        startedAt: new Date(at),
      };
    },
  };
}

function openKey(files: PrivateFiles, log: Log): Buffer {
  try {
    const kept = files.read(KEY_FILE);
    if (kept && kept.length === 64) return Buffer.from(kept, 'hex');
    const fresh = randomBytes(32);
    files.write(KEY_FILE, fresh.toString('hex'));
    return fresh;
  } catch (err) {
    log.warn({ err }, 'the key of handles cannot be kept: handles end with this process');
    return randomBytes(32);
  }
}

const foreign = () =>
  new ToolError('validation', 'handle is not one that this server gave for this Azure', {
    code: 'foreign-handle',
    hint: 'Use the handle of the answer that started the operation as it is, or name vault, operation_id and kind; list_backup_jobs shows what is running.',
  });

const expired = () =>
  new ToolError('validation', 'handle is older than 14 days: Azure does not know such operations any more', {
    code: 'expired-handle',
    hint: 'Look at the state itself: list_backup_jobs, list_protected_items.',
  });
