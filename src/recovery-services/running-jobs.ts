import { type AzureJob, listJobs } from '../azure/jobs.ts';
import type { VaultRef } from '../azure/paths.ts';
import type { AzureProtectedItem } from '../azure/protected-items.ts';
import { cleanText } from '../mcp/untrusted.ts';
import type { ReadContext } from './context.ts';
import { ToolError } from './errors.ts';
import { shownName } from './items.ts';
import { isSame } from './workload-arguments.ts';

/** Longer than any job of a machine should take. */
const LOOK_BACK_MS = 7 * 86_400_000;
/** Clocks differ: a job may have begun in our future. */
const AHEAD_MS = 10 * 60_000;

type Wanted = { item: AzureProtectedItem; operation: 'Backup' | 'Restore' };

/** A job of an item that has not ended. */
export async function runningJob(
  vault: VaultRef,
  { item, operation }: Wanted,
  { azure, now }: ReadContext,
): Promise<AzureJob | undefined> {
  const from = new Date(now.getTime() - LOOK_BACK_MS);
  const to = new Date(azure.clock.now() + AHEAD_MS);
  const filter = { from, to, status: 'InProgress', operation };
  for await (const { items } of listJobs(azure, vault, filter)) {
    const found = items.find((job) => isOf(job, item));
    if (found) return found;
  }
  return undefined;
}

/** @throws ToolError `conflict` that names the job, if one is running */
export async function assertNoneRunning(
  vault: VaultRef,
  wanted: Wanted,
  context: ReadContext,
): Promise<void> {
  const job = await runningJob(vault, wanted, context);
  if (!job) return;
  const what = wanted.operation.toLowerCase();
  const id = cleanText(job.name, 80);
  throw new ToolError('conflict', `a ${what} of ${shownName(wanted.item)} is running already: job ${id}`, {
    code: `${what}-running`,
    hint: `get_job_details with job_id ${id} shows how far it is. Wait for its end, then call again if it is still needed.`,
  });
}

/** Jobs do not name their item: by the container where they name one, else by the short name. */
function isOf({ containerName, entityFriendlyName }: AzureJob, item: AzureProtectedItem): boolean {
  const own = item.containerName ?? item.parts.container;
  if (containerName && own) return endOf(containerName) === endOf(own);
  return isSame(entityFriendlyName, item.friendlyName);
}

/** Group and machine, whichever form the name has. */
const endOf = (container: string) => container.toLowerCase().split(';').slice(-2).join(';');
