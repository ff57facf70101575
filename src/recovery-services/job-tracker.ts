import type { AzureJob } from '../azure/jobs.ts';
import type { VaultRef } from '../azure/paths.ts';
import type { AzureProtectedItem } from '../azure/protected-items.ts';
import { cleanText } from '../mcp/untrusted.ts';
import type { ReadContext } from './context.ts';
import type { Settled } from './operations.ts';
import type { Written } from './registry.ts';
import { runningJob } from './running-jobs.ts';

/** What became of a request that starts a job: an operation ends as soon as there is a job, which then runs on. */
export function jobTracker(
  vault: VaultRef,
  wanted: { item: AzureProtectedItem; operation: 'Backup' | 'Restore' },
  context: ReadContext,
) {
  let seen: AzureJob | undefined;
  const idOf = ({ job_id: id }: Settled) => {
    const found = id ?? seen?.name;
    return found === undefined ? undefined : cleanText(found, 80);
  };
  return {
    /** Nothing of the kind ran before, so a job that runs now is the one that was asked for. */
    tookEffect: async (): Promise<true | undefined> => {
      seen = await runningJob(vault, wanted, context);
      return seen ? true : undefined;
    },
    operationState: (settled: Settled): 'running' | 'succeeded' =>
      idOf(settled) === undefined && settled.status === 'accepted' ? 'running' : 'succeeded',
    /** `accepted` even where the operation has succeeded, since the work itself goes on. */
    outcome: (settled: Settled): Omit<Written<never>, 'data'> => {
      const jobId = idOf(settled);
      const what = wanted.operation.toLowerCase();
      return {
        status: 'accepted',
        operation: settled.operation,
        job_id: jobId,
        summary:
          jobId === undefined
            ? `Azure accepted the ${what} and has not told its job yet.`
            : `Azure took the ${what} as job ${jobId}, which runs on: only get_job_details tells whether it ended well.`,
      };
    },
  };
}
