import { sql } from 'kysely';
import type { RunStore } from './runs.ts';

/** A run that began later than this after now is none that can be trusted: a clock was ahead then. */
const CLOCKS_APART_MS = 5 * 60_000;
/** A run that its process did not survive so often in one slot would not survive it again. */
const MOST_TRIES = 3;

/** What sources say has codes in small letters; in capitals and digits are those of the database and of the operating system. */
const isOfOurs = sql`(r.error_code is not null and (r.error_code = 'stopped' or r.error_code ~ '^[A-Z0-9_]+$'))`;

/**
 * Which of some sources a worker is done with in a slot: a run that began since has concluded, or has failed of what the
 * source said. One that was stopped, whose process died, or that the database failed, is taken up again, three times at most.
 */
export async function listDone(
  db: RunStore,
  worker: string,
  sourceIds: readonly string[],
  { slot, now }: { slot: Date; now: Date },
): Promise<Set<string>> {
  if (sourceIds.length === 0) return new Set();
  const until = new Date(now.getTime() + CLOCKS_APART_MS);
  const begun = sql`from run r where r.worker = ${worker} and r.source_id = s.source_id
    and r.started_at between ${slot} and ${until}`;
  const done = sql<{ sourceId: string }>`(
    select s.source_id as "sourceId" from unnest(${[...sourceIds]}::text[]) as s (source_id)
     where exists (select ${begun} and r.finished_at >= ${slot} and r.status in ('succeeded', 'partial', 'failed')
                     and not ${isOfOurs})
        or (select count(*) ${begun} and (r.finished_at is null or r.finished_at >= ${slot})
              and r.status in ('running', 'abandoned', 'failed')) >= ${sql.lit(MOST_TRIES)})`;
  const rows = await db.selectFrom(done.as('done')).select('sourceId').execute();
  return new Set(rows.map(({ sourceId }) => sourceId));
}
