import { setTimeout as sleep } from 'node:timers/promises';
import type { NotifyKind, NotifySettings } from '../../config/observability.ts';
import { asReader } from '../../db/connect.ts';
import type { Databases } from '../../db/database.ts';
import type { Log } from '../../log.ts';
import type { SourceName } from '../../queries/freshness.ts';
import { decide, type SubjectKind } from './decide.ts';
import { deliver } from './deliver.ts';
import { toContent } from './entries.ts';
import { look } from './findings.ts';
import { createPoster, type Poster } from './post.ts';
import { addMessage, alone, forgetOld, readRecord, recordFindings } from './store.ts';

export type NotifierOptions = {
  settings: NotifySettings;
  databases: Databases;
  isConfigured: (source: SourceName) => boolean;
  log: Log;
  clock: () => Date;
};

const KINDS: Record<NotifyKind, SubjectKind> = { critical: 'CRITICAL', stale: 'STALE' };
const EACH_MS = 60_000;
/** After a start everything may be late that is about to be caught up. */
const GRACE_MS = 15 * 60_000;
/** How long the end of the process waits for an answer to what was sent just now. */
const ANSWER_MS = 3_000;

/**
 * Looks each minute for what is to be told and sends it, until it is stopped. It waits for nobody and nobody waits for it:
 * whatever fails is logged, and tried again at the next look.
 */
export function startNotifier(options: NotifierOptions): { stop: () => Promise<void> } {
  const { settings, log, clock } = options;
  const poster = createPoster(settings);
  const startedAt = clock().getTime();
  let underWay: Promise<unknown> | undefined;
  const tick = () => {
    const isSettled = clock().getTime() - startedAt > GRACE_MS;
    const kinds = settings.kinds.filter((kind) => kind !== 'stale' || isSettled);
    underWay ??= notify({ ...options, settings: { ...settings, kinds } }, poster, true)
      .catch((error: unknown) => log.error({ err: error }, 'notifications could not be looked after'))
      .finally(() => {
        underWay = undefined;
      });
  };
  const timer = setInterval(tick, EACH_MS);
  timer.unref();
  log.info({ format: settings.format, kinds: settings.kinds }, 'notifications are on');
  tick();
  return {
    stop: async () => {
      clearInterval(timer);
      // A message whose answer is on its way would be sent once more after the next start.
      const over = new AbortController();
      await Promise.race([underWay, sleep(ANSWER_MS, undefined, { signal: over.signal }).catch(() => {})]);
      over.abort();
      await poster.close();
      await underWay;
    },
  };
}

export type Notified = { isBusy: boolean; made: number; sent: number; failed: number };

/**
 * One look at what is critical or late, and the messages that follow from it. What is to be told is on record before it is sent,
 * so that it is sent again if this process dies, and by one process only where there are several.
 * @param isPatient waits for plans and for runs under way
 */
export async function notify(
  options: NotifierOptions,
  poster: Poster,
  isPatient: boolean,
): Promise<Notified> {
  const { databases, log, clock } = options;
  const made = await makeMessages(options, isPatient);
  const { sent, failed } = await deliver({ risk: databases.risk.db, poster, log, clock });
  return { isBusy: made === undefined, made: made ?? 0, sent, failed };
}

/** @returns how many were made; undefined: another process is at it */
function makeMessages(options: NotifierOptions, isPatient: boolean): Promise<number | undefined> {
  const { settings, databases, isConfigured, clock } = options;
  const kinds = settings.kinds.map((kind) => KINDS[kind]);
  if (kinds.length === 0) return Promise.resolve(0);
  const metrics = asReader(databases.metrics.db);
  return alone(databases.risk.db, async (trx) => {
    const now = clock();
    const looked = await look(metrics, trx, { kinds: new Set(kinds), isConfigured, now, isPatient });
    const record = await readRecord(trx, kinds, now);
    const { maxPerHour } = settings;
    const decision = decide({ ...record, ...looked, maxPerHour });
    await recordFindings(trx, decision, now);
    for (const [index, tells] of decision.messages.entries()) {
      const content = await toContent(trx, tells, { looked, known: record.known, now });
      // A millisecond apart, so that they are sent in their order.
      await addMessage(trx, { tells, content, now, createdAt: new Date(now.getTime() + index) });
    }
    await forgetOld(trx, now);
    return decision.messages.length;
  });
}
