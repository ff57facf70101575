import { renameSync, writeFileSync } from 'node:fs';
import { sql } from 'kysely';
import type { ScheduledJob } from '../../workers/schedule.ts';
import type { Databases } from '../db/database.ts';

/** What a scheduler says of itself; times in ISO 8601. */
export type Beat = {
  at: string;
  /** When the database last answered; null: not yet. */
  databaseAt: string | null;
  jobs: {
    name: string;
    /** The newest slot that is past; null: none came since the start. */
    slotAt: string | null;
    startedAt: string | null;
    /** However it ended: a source that is down is not the scheduler's fault. */
    endedAt: string | null;
  }[];
};

type Job = Pick<ScheduledJob, 'name' | 'run'>;
type Seen = { slotAt: Date | null; next: Date | null; startedAt: Date | null; endedAt: Date | null };

export type Heartbeat<J extends Job> = {
  /** The same jobs, whose starts and ends are seen. */
  jobs: J[];
  /** Begins to write. */
  start: (next: () => Record<string, Date | null>) => void;
  stop: () => void;
};

const EVERY_MS = 15_000;

/**
 * Writes to a file every few seconds how the scheduler is, for `dr365 health`. It is written by the same event loop that starts the
 * runs, so that one that hangs is seen.
 * @param file undefined: nobody will look, and nothing is written
 */
export function createHeartbeat<J extends Job>(
  file: string | undefined,
  jobs: readonly J[],
  databases: readonly Databases[],
): Heartbeat<J> {
  const seen = new Map<string, Seen>();
  for (const { name } of jobs) seen.set(name, { slotAt: null, next: null, startedAt: null, endedAt: null });
  let databaseAt: Date | null = null;
  let timer: NodeJS.Timeout | undefined;
  const beat = async (next: () => Record<string, Date | null>, target: string) => {
    const now = new Date();
    const ahead = next();
    for (const [name, one] of seen) {
      if (one.next && one.next <= now) one.slotAt = one.next;
      one.next = ahead[name] ?? null;
    }
    if (await areUp(databases)) databaseAt = new Date();
    write(target, toBeat(new Date(), databaseAt, seen));
  };
  return {
    jobs: jobs.map((job) => watched(job, seen.get(job.name))),
    start: (next) => {
      if (!file) return;
      const once = () => void beat(next, file).catch(() => {}); // a full disk must not end the scheduler
      once();
      timer = setInterval(once, EVERY_MS);
      timer.unref();
    },
    stop: () => clearInterval(timer),
  };
}

function watched<J extends Job>(job: J, seen: Seen | undefined): J {
  if (!seen) return job;
  const run: J['run'] = async (...slot) => {
    seen.startedAt = new Date();
    try {
      return await job.run(...slot);
    } finally {
      seen.endedAt = new Date();
    }
  };
  return { ...job, run };
}

/** Something small is asked of both databases. */
async function areUp(databases: readonly Databases[]): Promise<boolean> {
  const asked = databases.flatMap(({ metrics, risk }) => [
    sql`select 1`.execute(metrics.db),
    sql`select 1`.execute(risk.db),
  ]);
  return (await Promise.allSettled(asked)).every(({ status }) => status === 'fulfilled');
}

function toBeat(at: Date, databaseAt: Date | null, seen: ReadonlyMap<string, Seen>): Beat {
  const iso = (time: Date | null) => time?.toISOString() ?? null;
  return {
    at: at.toISOString(),
    databaseAt: iso(databaseAt),
    jobs: Array.from(seen, ([name, { slotAt, startedAt, endedAt }]) => ({
      name,
      slotAt: iso(slotAt),
      startedAt: iso(startedAt),
      endedAt: iso(endedAt),
    })),
  };
}

function write(file: string, beat: Beat): void {
  writeFileSync(`${file}.new`, JSON.stringify(beat));
  renameSync(`${file}.new`, file);
}
