import type { Retention } from '../../src/business/retention.ts';
import type { Databases } from '../../src/db/database.ts';
import type { Log } from '../../src/log.ts';
import { type Maintained, type MaintenanceSummary, maintain } from './maintenance.ts';

/** Looked at each hour and done once a day, by whichever process comes first; one that failed is tried again after an hour. */
const HOURLY = '17 * * * *';

/** The maintenance of a database, for the schedule of the process that writes it. It ends when its slot does. */
export function maintenanceJob(
  database: Maintained,
  databases: Databases,
  { retention, clock, log }: { retention: Retention; clock: () => Date; log: Log },
): { name: string; cron: string; run: (slot: { ended: AbortSignal }) => Promise<MaintenanceSummary> } {
  return {
    name: `maintenance of ${database}`,
    cron: HOURLY,
    run: ({ ended }) => maintain(database, databases, { retention, clock, log, signal: ended, ifDue: true }),
  };
}
