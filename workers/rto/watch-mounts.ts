import { setTimeout as sleep } from 'node:timers/promises';
import type { BusinessContext } from '../../src/business/context.ts';
import type { VeeamServerSettings } from '../../src/config/config.ts';
import type { Databases } from '../../src/db/database.ts';
import type { Log } from '../../src/log.ts';
import { type OpenSource, runWorker } from '../../src/pipeline/run-worker.ts';
import type { AnyCollection } from '../../src/pipeline/worker.ts';
import { createReading, type Reading } from '../../src/reading.ts';
import type { MountKind } from '../../src/veeam/restore-mounts.ts';
import { getServerTime } from '../../src/veeam/server-time.ts';
import { listSessions } from '../../src/veeam/sessions.ts';
import { openVeeam, toSource, type VeeamSource } from '../veeam-source.ts';
import { isUnready, listMounts, storeMounts, toRow } from './mounts.ts';

export type MountWatch = {
  /** One look; goes on looking while something is being mounted. */
  tick: () => Promise<void>;
  /** Signs out once the look under way is over; the next look signs in again. */
  rest: () => Promise<void>;
  /** Ends a look that is under way, and signs out. */
  close: () => Promise<void>;
};

export type WatchOptions = {
  log: Log;
  clock: () => Date;
  business: BusinessContext;
  /** Between two looks while something is being mounted. */
  pollMs?: number;
  /** After this it is left to the next tick. */
  mostMs?: number;
};

const TYPES = ['InstantRecovery', 'FileInstantRecovery', 'AzureInstantRecovery', 'AzureInstantRecoveryMount'];
const KINDS: MountKind[] = ['vSphere', 'hyperV', 'azure', 'unstructuredData'];
const MINUTE_MS = 60_000;
/** A session that is older has been mounted long since, or never will be. */
const YOUNG_MS = 30 * MINUTE_MS;
/** A session that runs has no mount in its first moments. */
const LOOKS_WITHOUT_MOUNT = 6;
/** One sign-in serves so long. */
const SIGNED_IN_MS = 60 * MINUTE_MS;
/** A server that does not answer is put on record once in so long. */
const FAILURE_MS = 60 * MINUTE_MS;

/**
 * Watches instant recoveries. The API says that a machine is mounted, but not since when, and a session lasts as long as its
 * mount: when the machine was back can only be seen while it happens. Costs two requests a look while nothing is recovered.
 * A run is on record only if something was mounting, or if the server could not be asked.
 */
export function createMountWatch(
  settings: VeeamServerSettings,
  databases: Databases,
  options: WatchOptions,
): MountWatch {
  const { log, clock, business, pollMs = 10_000, mostMs = YOUNG_MS } = options;
  const stopped = new AbortController();
  const done = new Set<string>();
  let signedIn: { source: OpenSource<VeeamSource>; until: number } | undefined;
  let quietUntil = 0;
  let looking: Promise<void> = Promise.resolve();

  const signOut = async () => {
    const old = signedIn;
    signedIn = undefined;
    await old?.source.close();
  };
  const open = async (): Promise<OpenSource<VeeamSource>> => {
    if (signedIn && clock().getTime() >= signedIn.until) await signOut();
    signedIn ??= {
      source: await openVeeam(settings, { log, clock, business }),
      until: clock().getTime() + SIGNED_IN_MS,
    };
    return signedIn.source;
  };
  const run = (source: () => Promise<OpenSource<VeeamSource>>, sessionIds: string[]) => {
    const watching = watchUntilReady({ sessionIds, pollMs, mostMs, signal: stopped.signal });
    const worker = { name: 'mounts' as const, collections: [watching], conclude: async () => {} };
    return runWorker(worker, databases, {
      source: toSource(settings),
      // The sign-in outlives the run.
      open: async () => ({ ...(await source()), close: async () => {} }),
      clock,
      log,
      isUnattended: true,
    });
  };

  const look = async () => {
    if (stopped.signal.aborted) return;
    try {
      const opened = await open();
      const young = await listYoung(opened.client);
      const waiting = young.filter((id) => !done.has(id));
      if (waiting.length > 0) await run(async () => opened, waiting);
      for (const id of waiting) done.add(id);
      for (const id of done) if (!young.includes(id)) done.delete(id);
    } catch (error) {
      await signOut();
      // Who was told to stop asks nothing more, and that is no fault of the server.
      if (stopped.signal.aborted || clock().getTime() < quietUntil) return;
      quietUntil = clock().getTime() + FAILURE_MS;
      await run(() => Promise.reject(error), []);
    }
  };

  return {
    tick: () => {
      looking = look();
      return looking;
    },
    rest: async () => {
      // Signed out in its midst it would fail.
      await looking.catch(() => {});
      await signOut();
    },
    close: async () => {
      stopped.abort();
      await signOut();
    },
  };
}

/** Instant recoveries that began lately and have not ended. */
async function listYoung({ client }: VeeamSource): Promise<string[]> {
  const { serverTime } = await getServerTime(client);
  const since = new Date(serverTime.getTime() - YOUNG_MS);
  const ids: string[] = [];
  for await (const { items } of listSessions(client, { by: 'CreationTime', since, types: TYPES }))
    for (const { id, endTime, state } of items) if (!endTime && state !== 'Stopped') ids.push(id);
  return ids;
}

type Watching = { sessionIds: string[]; pollMs: number; mostMs: number; signal: AbortSignal };

function watchUntilReady({ sessionIds, pollMs, mostMs, signal }: Watching): AnyCollection<VeeamSource> {
  return {
    endpoint: 'mounts',
    optional: true,
    collect: async (context) => {
      const { source, sourceId, db, recorder } = context;
      const reading = createReading('mounts');
      const started = performance.now();
      try {
        for (let look = 1; performance.now() - started < mostMs && !signal.aborted; look += 1) {
          const rows = await lookOnce(source, reading);
          const seen = { sourceId, seenAt: new Date() };
          const stored = await db.transaction().execute((trx) => storeMounts(trx, rows, seen));
          recorder.rowsLoaded += stored;
          const mounted = new Set(rows.map(({ session_id }) => session_id));
          const isWaiting =
            rows.some(({ state }) => isUnready(state ?? null)) ||
            (look < LOOKS_WITHOUT_MOUNT && sessionIds.some((id) => !mounted.has(id)));
          if (!isWaiting) break;
          await sleep(pollMs, undefined, { signal }).catch(() => {});
        }
        reading.complete = true;
        reading.durationMs = performance.now() - started;
        await recorder.endpoint(reading);
      } catch (error) {
        reading.durationMs = performance.now() - started;
        await recorder.endpoint(reading, error);
        throw error;
      }
    },
  };
}

/** What is mounted now. It was not ready when the question left, and it was ready when the answer had come. */
async function lookOnce(source: VeeamSource, reading: Reading) {
  const { serverTime } = await getServerTime(source.client);
  const seen = [];
  for (const kind of KINDS) seen.push(...(await listMounts(source, kind, serverTime, reading)));
  const { serverTime: answered } = await getServerTime(source.client);
  return seen.map(toRow).map((row) => ({ ...row, ready_seen_at: row.ready_seen_at ? answered : null }));
}
