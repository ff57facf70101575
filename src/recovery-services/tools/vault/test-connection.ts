import * as z from 'zod';
import { listJobs } from '../../../azure/jobs.ts';
import { toEndpoint } from '../../../azure/settings.ts';
import { getVault, listVaults } from '../../../azure/vaults.ts';
import { ConfigError, SourceError } from '../../../errors.ts';
import { cleanText } from '../../../mcp/untrusted.ts';
import { VAULT_ARGS, type VaultArgs } from '../../arguments.ts';
import type { ReadContext } from '../../context.ts';
import { ToolError } from '../../errors.ts';
import { noSuchVault } from '../../not-found.ts';
import { defineRead } from '../../registry.ts';
import { assertConfigured, type VaultTarget } from '../../vault-reference.ts';

const check = z.object({ step: z.string(), ok: z.boolean(), ms: z.number(), detail: z.string() });
type Check = z.infer<typeof check>;

export const testConnectionTool = defineRead({
  name: 'test_connection',
  category: 'vault',
  title: 'Test the connection to Azure',
  description:
    'Tries configuration, sign-in, the list of vaults and, with a vault, reading it and its jobs. It changes nothing; a step that fails is part of the answer.',
  role: 'Backup Reader',
  input: z.object(VAULT_ARGS),
  data: z.object({
    checks: z.array(check),
    identity_kind: z.string(),
    cloud: z.string(),
    tenant_id: z.string().nullable(),
  }),
  answer: async (args, context) => {
    const { azure: settings } = context.settings;
    const checks = await runChecks(args, context);
    const failed = checks.filter(({ ok }) => !ok);
    const { credential } = settings;
    return {
      summary:
        failed.length === 0
          ? `All ${checks.length} steps work.`
          : `${failed.length} of ${checks.length} steps failed: ${failed.map(({ step }) => step).join(', ')}.`,
      data: {
        checks,
        identity_kind: credential.mode,
        cloud: settings.resourceManagerUrl ? toEndpoint(settings).host : (settings.cloud ?? 'public'),
        tenant_id: ('tenantId' in credential && credential.tenantId) || null,
      },
    };
  },
});

type Step = { step: string; work: () => Promise<string> };

/** One after the other, until one fails that the later ones need. */
async function runChecks(args: VaultArgs, context: ReadContext): Promise<Check[]> {
  let target: VaultTarget | undefined;
  const wantsVault =
    Object.values(args).some((value) => value !== undefined) || context.settings.vaults.length > 0;
  const steps: Step[] = [
    { step: 'configuration', work: async () => configured(context) },
    { step: 'sign-in and list of vaults', work: () => firstVaults(args, context) },
    ...(wantsVault
      ? [
          {
            step: 'vault',
            work: async () => {
              target = context.vault(args);
              if (!(await getVault(context.azure, target))) throw noSuchVault(target, context.settings);
              return `${target.vault} can be read`;
            },
          },
          { step: 'jobs', work: () => jobsOf(target, context) },
        ]
      : []),
  ];
  const checks: Check[] = [];
  for (const { step, work } of steps) {
    const done = await attempt(step, work);
    checks.push(done);
    if (!done.ok) break;
  }
  return checks;
}

async function attempt(step: string, work: () => Promise<string>): Promise<Check> {
  const begun = performance.now();
  const ms = () => Math.round(performance.now() - begun);
  try {
    return { step, ok: true, detail: await work(), ms: ms() };
  } catch (error) {
    if (error instanceof ToolError)
      return { step, ok: false, detail: `${error.message}. ${error.facts.hint}`, ms: ms() };
    if (!(error instanceof SourceError || error instanceof ConfigError)) throw error;
    return { step, ok: false, detail: cleanText(error.message, 600), ms: ms() };
  }
}

function configured({ settings }: ReadContext): string {
  assertConfigured(settings);
  const { subscriptionIds, vaults, allowWrites, allowDestructive } = settings;
  const writes = allowDestructive ? 'writes and destructive ones' : allowWrites ? 'writes' : 'reads only';
  return `${subscriptionIds.length} subscription(s), ${vaults.length} vault(s), allowed: ${writes}`;
}

/** One page is enough to know that the identity may read. */
async function firstVaults(args: VaultArgs, { azure, settings }: ReadContext): Promise<string> {
  const subscriptionId = args.subscription_id?.toLowerCase() ?? settings.subscriptionIds[0] ?? '';
  for await (const { items } of listVaults(azure, { subscriptionId }))
    return `at least ${items.length} vault(s) in ${subscriptionId}`;
  return `no vault in ${subscriptionId} that the identity can see: none there, or no rights (Backup Reader)`;
}

async function jobsOf(target: VaultTarget | undefined, { azure, now }: ReadContext): Promise<string> {
  if (!target) return 'not asked';
  const from = new Date(now.getTime() - 86_400_000);
  for await (const { items } of listJobs(azure, target, { from, to: now }))
    return `at least ${items.length} job(s) in the last 24 hours`;
  return 'no job in the last 24 hours';
}
