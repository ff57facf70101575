import type { Retention } from '../../src/business/retention.ts';
import type { Config } from '../../src/config/config.ts';
import { ConfigError } from '../../src/errors.ts';

/** @throws ConfigError if a first run would read sessions that are then taken away: days that are paid for and lost */
export function assertRetentionFits({ veeam, azure }: Config, { sessions }: Retention): void {
  const wants = [
    ...veeam.map(({ server, backfillDays }) => ({ name: `VEEAM_BACKFILL_DAYS of ${server}`, backfillDays })),
    ...(azure ? [{ name: 'AZURE_BACKFILL_DAYS', backfillDays: azure.backfillDays }] : []),
  ];
  const first = wants.find(({ backfillDays }) => backfillDays > sessions);
  if (first)
    throw new ConfigError(
      `retention.sessions_days = ${sessions} is shorter than ${first.name} (${first.backfillDays}): set it to ${first.backfillDays} or more`,
    );
}
