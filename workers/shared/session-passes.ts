import { SourceError } from '../../src/errors.ts';
import { upsertRows } from '../../src/pipeline/bulk.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import { ensurePartitions } from '../../src/pipeline/partitions.ts';
import type {
  AnyCollection,
  Batch,
  Collection,
  Reading,
  RunContext,
  WorkerName,
} from '../../src/pipeline/worker.ts';
import { RECOVERY_SESSION_TYPES } from '../../src/veeam/enums.ts';
import { getSession, listSessions, type VeeamSession } from '../../src/veeam/sessions.ts';
import type { VeeamSource } from '../veeam-source.ts';
import { type SessionRow, toSessionRow } from './session-rows.ts';

type Context = RunContext<VeeamSource>;

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** Rows that arrive late by the clock of the server. */
const OVERLAP_MS = 15 * MINUTE_MS;
/** Nothing is taken as complete nearer to the server's now. */
const SETTLE_MS = 2 * MINUTE_MS;

/** The sessions that a worker reads: each type is read by one worker only. */
export type SessionScope = {
  worker: WorkerName;
  /** What the endpoints of its passes are called. */
  name: string;
  types: readonly string[];
};

/**
 * Everything it takes to have the sessions of some types: by creation, by end, again after days, and those still open.
 * Watermarks and endpoints are the scope's own.
 */
export function sessionPasses(scope: SessionScope): AnyCollection<VeeamSource>[] {
  return [byCreation(scope), byEnd(scope), again(scope), stillOpen(scope)];
}

/**
 * All sessions by their begin: the back-fill, and later the new ones, running or not (brief 7, pass B). What was running
 * is read again by the collections below.
 */
function byCreation(scope: SessionScope) {
  return sessions(scope, 'by creation', async function* (context, since, reading) {
    const { source, sourceNow } = context;
    const from = since
      ? new Date(since.getTime() - OVERLAP_MS)
      : new Date(sourceNow.getTime() - source.backfillDays * DAY_MS);
    yield* pages(scope, context, { by: 'CreationTime', since: from }, reading);
    if (reading.complete) yield { rows: [], readUntil: settled(sourceNow) };
  });
}

/** Sessions by their end: those that were running when they were first seen (brief 7, pass A). */
function byEnd(scope: SessionScope) {
  return sessions(scope, 'by end', async function* (context, since, reading) {
    const { sourceNow } = context;
    // Before the first run nothing was running that we know of.
    const from = new Date((since ?? sourceNow).getTime() - OVERLAP_MS);
    yield* pages(scope, context, { by: 'EndTime', since: from }, reading);
    if (reading.complete) yield { rows: [], readUntil: settled(sourceNow) };
  });
}

/** Late changes of results, retries and log backups: the last 3 days once a day, 14 days on Sundays (brief 7, step 7). */
function again(scope: SessionScope) {
  return sessions(scope, 'again', async function* (context, since, reading) {
    const { sourceNow } = context;
    const isDue = since !== undefined && sourceNow.getTime() - since.getTime() >= DAY_MS;
    if (isDue) {
      const days = sourceNow.getUTCDay() === 0 ? 14 : 3;
      const from = new Date(sourceNow.getTime() - days * DAY_MS);
      yield* pages(scope, context, { by: 'CreationTime', since: from }, reading);
    } else {
      reading.complete = true;
    }
    if (reading.complete && (isDue || since === undefined)) yield { rows: [], readUntil: sourceNow };
  });
}

/** Sessions that were still open when last seen, one by one (brief 7, pass C). What the server no longer has is marked. */
function stillOpen(scope: SessionScope) {
  return sessions(scope, 'open', async function* (context, _since, reading) {
    const { source, seenAt } = context;
    const open = await listOpenSessions(context, scope);
    const toAsk = open.filter(({ known_from }) => known_from.getTime() !== seenAt.getTime());
    const unreadable: string[] = [];
    for (const { session_id } of toAsk) {
      try {
        const session = await getSession(source.client, session_id, reading);
        if (session) yield { rows: [session] };
        else await markVanished(context, session_id);
      } catch (error) {
        // One session that the server cannot express must not end the run for as long as it is open.
        if (!(error instanceof SourceError) || !OF_ONE_SESSION.includes(error.code)) throw error;
        unreadable.push(session_id);
      }
    }
    reading.rowsRejected += unreadable.length;
    if (unreadable.length > 0) reading.reason = `${unreadable.length} open sessions could not be read`;
    reading.complete = true;
  });
}

/** Recoveries are the rto worker's; whatever else is stored is of the worker that reads protection. */
function listOpenSessions({ db, sourceId }: Context, { worker }: SessionScope) {
  return db
    .selectFrom('session')
    .select(['session_id', 'created_at', 'known_from'])
    .where('source_id', '=', sourceId)
    .where('session_type', worker === 'rto' ? 'in' : 'not in', RECOVERY_SESSION_TYPES)
    .where('ended_at', 'is', null)
    .where('vanished_at', 'is', null)
    .orderBy('created_at')
    .execute();
}

const OF_ONE_SESSION: string[] = ['server-error', 'bad-answer', 'rejected', 'forbidden'];

type Extract = Collection<VeeamSource, VeeamSession, SessionRow>['extract'];

/** The ways to read sessions differ; what becomes of a session does not. */
function sessions({ worker, name }: SessionScope, pass: string, extract: Extract) {
  return defineCollection<VeeamSource, VeeamSession, SessionRow>(worker, {
    endpoint: `${name} ${pass}`,
    optional: worker !== 'health',
    extract,
    transform: (items, { source, sourceId, seenAt }) =>
      items
        .map((session) => toSessionRow(session, source.parseTime, sourceId, seenAt))
        .filter((row) => row !== null),
    prepare: (rows, { db }) =>
      ensurePartitions(
        db,
        'session',
        rows.map(({ created_at }) => new Date(created_at)),
      ),
    load: (trx, rows) => upsertRows(trx, 'session', rows, { key: ['source_id', 'session_id', 'created_at'] }),
  });
}

async function* pages(
  { types }: SessionScope,
  { source, sourceNow }: Context,
  { by, since }: { by: 'EndTime' | 'CreationTime'; since: Date },
  reading: Reading,
): AsyncGenerator<Batch<VeeamSession>> {
  for await (const page of listSessions(source.client, {
    by,
    since,
    types,
    reading,
  })) {
    reading.rowsRejected += unplaceable(page.items, source);
    yield { rows: page.items, readUntil: earlier(page.readUntil, settled(sourceNow)) };
  }
}

/** Rows without a readable creation time are left out by `transform`; they count as rejected. */
const unplaceable = (rows: VeeamSession[], { parseTime }: VeeamSource) =>
  rows.filter(({ creationTime }) => !parseTime(creationTime)).length;

const earlier = (a: Date | undefined, b: Date) => (a && a < b ? a : a && b);

const settled = (sourceNow: Date) => new Date(sourceNow.getTime() - SETTLE_MS);

async function markVanished({ db, sourceId, seenAt }: Context, sessionId: string): Promise<void> {
  await db
    .updateTable('session')
    .set({ vanished_at: seenAt, known_from: seenAt })
    .where('source_id', '=', sourceId)
    .where('session_id', '=', sessionId)
    .execute();
}
