import * as z from 'zod';
import { API_VERSIONS } from '../../../azure/api-versions.ts';
import { itemPath } from '../../../azure/paths.ts';
import type { AzureProtectedItem } from '../../../azure/protected-items.ts';
import { VAULT_ARGS, VM_ARGS, waitArg } from '../../arguments.ts';
import { ToolError } from '../../errors.ts';
import { assertNotDeleted, isStopped, shownName } from '../../items.ts';
import { jobTracker } from '../../job-tracker.ts';
import { settle } from '../../operations.ts';
import { type PlannedRequest, toWrite } from '../../plan.ts';
import { defineWrite } from '../../registry.ts';
import { assertNoneRunning } from '../../running-jobs.ts';
import { findItem } from '../../vm-reference.ts';

const DAY_MS = 86_400_000;
/** As long as Azure keeps a copy of which nobody says more. */
const USUAL_DAYS = 30;

export const triggerBackupTool = defineWrite({
  name: 'trigger_backup',
  category: 'backup',
  title: 'Back up now',
  description:
    'Makes a backup of a protected machine now, kept for retention_days. The answer comes when Azure took it; the backup runs on as a job, whose end get_job_details tells.',
  role: 'Backup Operator',
  isDestructive: false,
  isIdempotent: false,
  input: z.object({
    ...VAULT_ARGS,
    ...VM_ARGS,
    retention_days: z.number().int().min(1).max(9999).default(USUAL_DAYS).describe('How long it is kept'),
    wait_seconds: waitArg().describe('Seconds to wait until there is a job; not until it ends'),
  }),
  data: z.object({
    item_name: z.string(),
    expires_at: z.string(),
    operation_state: z.enum(['running', 'succeeded']),
  }),
  prepare: async (args, context) => {
    const vault = context.vault(args);
    const { item, ref } = await findItem(args, vault, context);
    assertNotDeleted(item);
    assertProtected(item);
    await assertNoneRunning(vault, { item, operation: 'Backup' }, context);
    const expiresAt = new Date(context.now.getTime() + args.retention_days * DAY_MS).toISOString();
    const request: PlannedRequest = {
      method: 'POST',
      path: itemPath(ref, 'backup'),
      api_version: API_VERSIONS.protectedItems,
      body: { properties: { objectType: 'IaasVMBackupRequest', recoveryPointExpiryTimeInUTC: expiresAt } },
    };
    return {
      plan: {
        action: `back up ${shownName(item)} now, and keep the copy until ${expiresAt}`,
        target: itemPath(ref),
        requests: [request],
        effects: ['one more recovery point, which is paid for until it expires'],
        dangers: [],
        reversible: true,
      },
      run: async (running) => {
        const tracker = jobTracker(vault, { item, operation: 'Backup' }, running);
        const answer = await running.write.send({ ...toWrite(request), tookEffect: tracker.tookEffect });
        const settled = await settle(running, answer, { vault, waitSeconds: args.wait_seconds });
        return {
          ...tracker.outcome(settled),
          data: {
            item_name: shownName(item),
            expires_at: expiresAt,
            operation_state: tracker.operationState(settled),
          },
        };
      },
    };
  },
});

function assertProtected(item: AzureProtectedItem): void {
  if (!isStopped(item)) return;
  throw new ToolError(
    'conflict',
    `protection of ${shownName(item)} is stopped: Azure makes no backups of it`,
    {
      code: 'protection-stopped',
      hint: 'enable_protection with a policy takes it up again.',
    },
  );
}
