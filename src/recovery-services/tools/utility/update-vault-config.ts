import * as z from 'zod';
import { API_VERSIONS } from '../../../azure/api-versions.ts';
import { vaultPath } from '../../../azure/paths.ts';
import { getVaultConfig } from '../../../azure/vault-config.ts';
import { VAULT_ARGS } from '../../arguments.ts';
import { ToolError } from '../../errors.ts';
import { noSuchVault } from '../../not-found.ts';
import { readAfter, settle } from '../../operations.ts';
import type { Plan } from '../../plan.ts';
import { defineWrite } from '../../registry.ts';
import { type Config, configShape, toConfig } from './config-shape.ts';

const input = z.object({
  ...VAULT_ARGS,
  soft_delete: z.enum(['Enabled', 'Disabled', 'AlwaysON']).optional(),
  soft_delete_days: z.number().int().min(14).max(180).optional().describe('14 to 180'),
  enhanced_security: z.enum(['Enabled', 'Disabled']).optional(),
});

export const updateVaultConfigTool = defineWrite({
  name: 'update_vault_config',
  category: 'utility',
  title: 'Change the protection settings of a vault',
  description:
    'Changes soft delete, its days or enhanced security of a vault; only what is given. Weaker settings and AlwaysON are told as dangers in the plan.',
  role: 'Backup Contributor',
  isDestructive: true,
  isIdempotent: true,
  input,
  data: z.object({ before: configShape, after: configShape, changed: z.array(z.string()) }),
  prepare: async (args, { azure, settings, vault: resolve }) => {
    const wanted = wantedOf(args);
    const target = resolve(args);
    const read = () => getVaultConfig(azure, target);
    const found = await read();
    if (!found) throw noSuchVault(target, settings);
    const before = toConfig(found);
    const after = { ...before, ...wanted };
    const changed = changesOf(before, after);
    if (changed.length === 0)
      return { summary: 'The vault has these settings already.', unchanged: { before, after, changed } };
    assertPossible(before, after);
    const path = vaultPath(target, 'backupconfig', 'vaultconfig');
    const apiVersion = API_VERSIONS.vaultConfig;
    const body = { properties: toProperties(wanted) };
    return {
      plan: toPlan({ path, apiVersion, body, target: vaultPath(target), before, after, changed }),
      run: async (context) => {
        const answer = await context.write.send({
          method: 'PATCH',
          path,
          apiVersion,
          body,
          tookEffect: async () => {
            const state = await read();
            return state ? changesOf(toConfig(state), after).length === 0 : undefined;
          },
        });
        const settled = await settle(context, answer, { vault: target, waitSeconds: 0 });
        const seen = await readAfter(context, read);
        const now = seen ? toConfig(seen) : after;
        if (!seen) context.warn('after is what was asked for, not what was seen.');
        if (changesOf(now, after).length > 0)
          context.warn('Azure took the change, and does not show all of it yet: after is what it shows now.');
        const names = changed.join(', ');
        return {
          status: settled.status,
          operation: settled.operation,
          summary: settled.status === 'done' ? `Changed: ${names}.` : `Azure is changing ${names}.`,
          data: { before, after: now, changed: changesOf(before, now) },
        };
      },
    };
  },
});

function wantedOf(args: z.infer<typeof input>): Partial<Config> {
  const { soft_delete, soft_delete_days, enhanced_security } = args;
  const wanted = Object.entries({ soft_delete, soft_delete_days, enhanced_security }).filter(
    ([, value]) => value !== undefined,
  );
  if (wanted.length > 0) return Object.fromEntries(wanted);
  throw new ToolError('validation', 'nothing to change is given', {
    code: 'arguments',
    hint: 'Give at least one of soft_delete, soft_delete_days, enhanced_security.',
  });
}

function toProperties({ soft_delete, soft_delete_days, enhanced_security }: Partial<Config>) {
  return {
    ...(soft_delete === undefined ? {} : { softDeleteFeatureState: soft_delete }),
    ...(soft_delete_days === undefined ? {} : { softDeleteRetentionPeriodInDays: soft_delete_days }),
    ...(enhanced_security === undefined ? {} : { enhancedSecurityState: enhanced_security }),
  };
}

const changesOf = (before: Config, after: Config): string[] =>
  (Object.keys(before) as (keyof Config)[]).filter((name) => before[name] !== after[name]);

/** @throws ToolError `conflict` for what Azure never does, so that nobody is asked to agree to it */
function assertPossible(before: Config, after: Config): void {
  if (before.soft_delete !== 'AlwaysON' || after.soft_delete === 'AlwaysON') return;
  throw new ToolError('conflict', 'soft delete of this vault is AlwaysON, and Azure never turns that back', {
    code: 'soft-delete-always-on',
    hint: 'Leave soft_delete as it is; soft_delete_days can still be changed.',
  });
}

type Facts = {
  path: string;
  apiVersion: string;
  body: object;
  target: string;
  before: Config;
  after: Config;
  changed: string[];
};

function toPlan({ path, apiVersion, body, target, before, after, changed }: Facts): Plan {
  const always = after.soft_delete === 'AlwaysON' && before.soft_delete !== 'AlwaysON';
  return {
    action: `change ${changed.join(', ')} of the vault`,
    target,
    requests: [{ method: 'PATCH', path, api_version: apiVersion, body }],
    before,
    after,
    effects: changed.map((name) => {
      const key = name as keyof Config;
      return `${name}: ${before[key] ?? 'not known'} becomes ${after[key] ?? 'not known'}`;
    }),
    dangers: [...weaker(before, after), ...(always ? ['AlwaysON can never be turned off again.'] : [])],
    reversible: !always,
  };
}

/** How the vault is guarded less than before. What is not known counts as guarded. */
function weaker(before: Config, after: Config): string[] {
  const days = before.soft_delete_days;
  return [
    ...(after.soft_delete === 'Disabled' && before.soft_delete !== 'Disabled'
      ? ['SECURITY IS LOWERED: deleted backups are gone at once, also when an attacker deletes them.']
      : []),
    ...(after.soft_delete_days !== null && days !== null && after.soft_delete_days < days
      ? [
          `SECURITY IS LOWERED: deleted backups are kept for ${after.soft_delete_days} days instead of ${days}.`,
        ]
      : []),
    ...(after.enhanced_security === 'Disabled' && before.enhanced_security !== 'Disabled'
      ? ['SECURITY IS LOWERED: critical operations of agents need no PIN any more.']
      : []),
  ];
}
