import * as z from 'zod';
import { API_VERSIONS } from '../../../azure/api-versions.ts';
import { vaultPath } from '../../../azure/paths.ts';
import { getPolicy } from '../../../azure/policies.ts';
import { cleanText } from '../../../mcp/untrusted.ts';
import { VAULT_ARGS, waitArg } from '../../arguments.ts';
import { ToolError } from '../../errors.ts';
import { readAfter, settle } from '../../operations.ts';
import { type PlannedRequest, toWrite } from '../../plan.ts';
import { defineWrite } from '../../registry.ts';
import { policyInput, toPolicyProperties } from './policy-request.ts';
import { policyRow, toPolicyRow } from './policy-row.ts';

export const createPolicyTool = defineWrite({
  name: 'create_policy',
  category: 'policy',
  title: 'Create a policy',
  description:
    'Creates a policy for machines: when backups are made and how long they are kept. Never changes one that exists. Monthly and yearly copies are those of the first Sunday (or first day of a Weekly schedule) of a month, and of January.',
  role: 'Backup Contributor',
  isDestructive: false,
  isIdempotent: true,
  input: z.object({ ...VAULT_ARGS, ...policyInput.shape, wait_seconds: waitArg() }),
  data: z.object({ policy: policyRow, raw_id: z.string() }),
  prepare: async (args, context) => {
    const { policy_name: name, wait_seconds: waitSeconds } = args;
    const vault = context.vault(args);
    const properties = toPolicyProperties(args, context.now);
    const read = () => getPolicy(context.azure, vault, name);
    if (await read()) throw exists(name, vault.vault);
    const path = vaultPath(vault, 'backupPolicies', name);
    const request: PlannedRequest = {
      method: 'PUT',
      path,
      api_version: API_VERSIONS.policies,
      body: { properties },
    };
    const weeks = args.schedule_type === 'Weekly' ? args.retention_weeks : undefined;
    if (weeks !== undefined && weeks * 7 !== args.retention_days)
      context.warn(
        `A Weekly schedule keeps copies for weeks: retention_weeks (${weeks}) counts, retention_days does not.`,
      );
    return {
      plan: {
        action: `create policy ${name} in vault ${vault.vault}`,
        target: path,
        requests: [request],
        effects: ['nothing is backed up by it until enable_protection gives it to a machine'],
        dangers: [],
        reversible: true,
      },
      run: async (running) => {
        const tookEffect = async () => (await read()) !== null;
        const answer = await running.write.send({ ...toWrite(request), tookEffect });
        const { status, operation, job_id } = await settle(running, answer, { vault, waitSeconds });
        const made = status === 'done' ? await readAfter(running, read) : null;
        return {
          status,
          operation,
          job_id,
          summary:
            status === 'done'
              ? 'The policy is there; no machine has it yet.'
              : 'Azure is creating the policy.',
          ...(made ? { data: { policy: toPolicyRow(made), raw_id: cleanText(made.id, 400) } } : {}),
        };
      },
    };
  },
});

const exists = (name: string, vault: string): ToolError =>
  new ToolError('conflict', `vault ${vault} has a policy ${cleanText(name, 150)} already`, {
    code: 'policy-exists',
    hint: 'get_policy_details shows it. Take another name: this tool never changes a policy, which would change all machines that have it.',
  });
