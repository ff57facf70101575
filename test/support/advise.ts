import type { BusinessContext } from '../../src/business/context.ts';
import { loadBusinessContext } from '../../src/business/load.ts';
import { createLog } from '../../src/log.ts';
import { type Advisor, listSources, runAdvisor } from '../../src/pipeline/advisor.ts';
import { ADVISORS } from '../../workers/advisors.ts';
import type { TestDatabase } from './database.ts';

type Outcome = { status: string; error?: { message: string } | undefined };

/** The lock of the run before may take a moment to go. @throws Error of the first run that failed */
export async function untilFree(run: () => Promise<readonly Outcome[]>): Promise<void> {
  for (;;) {
    const runs = await run();
    const failed = runs.find(({ status }) => status === 'failed');
    if (failed) throw new Error(failed.error?.message ?? 'a run failed');
    if (runs.every(({ status }) => status !== 'busy')) return;
  }
}

/** The chain of advisors once on some sources, or on all, with no dr365.toml. @throws Error of the first run that failed */
export async function advise(database: TestDatabase, now: Date, only?: readonly string[]): Promise<void> {
  const databases = await database.as('advisor');
  const options = { clock: () => now, log: createLog('silent') };
  const create: readonly ((business: BusinessContext) => Advisor)[] = Object.values(ADVISORS);
  for (const sourceId of only ?? (await listSources(databases)))
    for (const advisor of create)
      await untilFree(async () => [
        await runAdvisor(advisor(loadBusinessContext(undefined)), databases, sourceId, options),
      ]);
}
