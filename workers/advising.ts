import type { Databases } from '../src/db/database.ts';
import { listSources } from '../src/pipeline/advisor.ts';
import { type Advising, type AdvisorRunOptions, runDueOn } from './advisors.ts';
import type { Pool } from './pool.ts';
import type { ScheduledJob } from './schedule.ts';
import { spread } from './slots.ts';
import { pause, whileOpen } from './waiting.ts';

export type AdvisingOptions = AdvisorRunOptions & {
  pool: Pool;
  /** Which of all processes this one is. */
  replica: string;
  /** Told after a look that led to a run. */
  onRuns: () => Promise<void>;
};

/** Looked at each minute: they run when a collector has ended, and at least hourly. */
const EACH_MINUTE = '* * * * *';
const TURN_MS = 2_000;

/** The advisors on all sources, each where it is due, shared with all processes that run them. */
export function advisingJob(
  names: readonly Advising[],
  databases: Databases,
  options: AdvisingOptions,
): ScheduledJob {
  const { pool, replica, log } = options;
  return {
    name: 'advisors',
    cron: EACH_MINUTE,
    run: async ({ at, ended }) => {
      let count = 0;
      const look = async (sourceId: string): Promise<void> => {
        await pause(spread(`${replica} ${sourceId} ${at.toISOString()}`, TURN_MS), ended);
        try {
          const runs = await pool.run({
            key: sourceId,
            group: sourceId,
            isWanted: () => !ended.aborted,
            work: () => runDueOn(names, databases, sourceId, options),
          });
          count += runs?.length ?? 0;
        } catch (error) {
          log.error({ source: sourceId, err: error }, 'run ended with an error');
        }
      };
      await whileOpen(ended, Promise.all((await listSources(databases)).map(look)));
      if (count > 0) await options.onRuns();
    },
  };
}
