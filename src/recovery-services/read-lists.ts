import { createHash } from 'node:crypto';
import type { AzureReading } from '../azure/reading.ts';
import { type Page, rawOf } from '../azure/rows.ts';
import { SourceError } from '../errors.ts';
import { cleanText } from '../mcp/untrusted.ts';
import { createReading } from '../reading.ts';
import type { VaultArgs } from './arguments.ts';
import type { ReadContext } from './context.ts';
import { ToolError } from './errors.ts';
import { noSuchVault } from './not-found.ts';
import { type VaultTarget, vaultsMeant } from './vault-reference.ts';

/** Vaults that are read at the same time. */
const AT_ONCE = 4;

/** All rows of a list. What could not be read of it is told as a warning. */
export async function readList<Row>(
  what: string,
  { warn }: ReadContext,
  read: (reading: AzureReading) => AsyncGenerator<Page<Row>>,
): Promise<Row[]> {
  const reading: AzureReading = createReading(what);
  const pages = await Array.fromAsync(read(reading));
  if (reading.rowsRejected > 0) warn(`${reading.rowsRejected} ${what} could not be read and are left out.`);
  if (!reading.complete) warn(`Not all ${what} were read: ${reading.reason ?? 'the list has no end'}.`);
  return pages.flatMap(({ items }) => items);
}

/** The same of one vault. @throws ToolError `not_found` if there is no such vault */
export async function readVaultList<Row>(
  what: string,
  target: VaultTarget,
  context: ReadContext,
  read: (reading: AzureReading) => AsyncGenerator<Page<Row>>,
): Promise<Row[]> {
  try {
    return await readList(what, context, read);
  } catch (error) {
    if (error instanceof SourceError && error.code === 'not-found')
      throw noSuchVault(target, context.settings);
    throw error;
  }
}

export type OfVaults<Row> = { rows: { row: Row; vault: string }[]; vaults: string[]; unread: string[] };

/**
 * The rows of the vault that is named, or of all that are configured. A vault that cannot be read is told, and fails the
 * call only if there is no other.
 */
export async function readVaults<Row>(
  args: VaultArgs,
  context: ReadContext,
  read: (target: VaultTarget) => Promise<Row[]>,
): Promise<OfVaults<Row>> {
  const targets = targetsOf(args, context);
  const found = await inOrder(targets, AT_ONCE, async (target) => {
    try {
      return { vault: nameOf(target), rows: await read(target), error: undefined };
    } catch (error) {
      if (targets.length === 1 || !isOfVault(error)) throw error;
      return { vault: nameOf(target), rows: [], error };
    }
  });
  const failed = found.filter(({ error }) => error !== undefined);
  if (failed.length === found.length) throw failed[0]?.error;
  for (const { vault, error } of failed)
    context.warn(
      `Vault ${vault} could not be read, its rows are missing: ${cleanText(error?.message ?? '')}`,
    );
  return {
    rows: found.flatMap(({ vault, rows }) => rows.map((row) => ({ row, vault }))),
    vaults: found.filter(({ error }) => error === undefined).map(({ vault }) => vault),
    unread: failed.map(({ vault }) => vault),
  };
}

/** A property as Azure wrote it: ids are compared in lower case, and shown as they came. */
export function asWritten(row: object, property: string): string | undefined {
  const raw = rawOf(row) as Record<string, unknown>;
  const properties = (raw.properties ?? raw) as Record<string, unknown>;
  const value = properties[property];
  return typeof value === 'string' && value.trim() ? value.trim() : undefined;
}

/** Tells rows of one name apart in a cursor, which holds no long ids. */
export const shortKey = (id: string): string =>
  createHash('sha256').update(id.toLowerCase()).digest('base64url').slice(0, 12);

/** How a vault is called in answers, and can be called in arguments. */
export const nameOf = ({ alias, vault }: VaultTarget): string => alias ?? vault;

function targetsOf(args: VaultArgs, context: ReadContext): VaultTarget[] {
  if (args.vault_name !== undefined) return [context.vault(args)];
  const targets = vaultsMeant(args, context.settings);
  const [only] = targets;
  if (only && targets.length === 1) return [context.vaultAt(only)];
  if (only) return targets;
  throw new ToolError('not_found', 'the configuration names no vault in this group or subscription', {
    code: 'unknown-vault',
    hint: 'Leave resource_group and subscription_id out, or give vault_name too; list_vaults shows the vaults there are.',
  });
}

const isOfVault = (error: unknown): error is SourceError | ToolError =>
  error instanceof SourceError || (error instanceof ToolError && error.kind === 'not_found');

/** Results in the order of the inputs, so many at a time. */
async function inOrder<In, Out>(
  inputs: readonly In[],
  atOnce: number,
  work: (input: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  const waiting = inputs.entries();
  const lane = async () => {
    for (const [index, input] of waiting) results[index] = await work(input);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, inputs.length) }, lane));
  return results;
}
