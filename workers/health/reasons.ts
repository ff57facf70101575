import { SourceError } from '../../src/errors.ts';
import { upsertRows } from '../../src/pipeline/bulk.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import { ensurePartitions } from '../../src/pipeline/partitions.ts';
import type { Reading, RunContext } from '../../src/pipeline/worker.ts';
import { RECOVERY_SESSION_TYPES } from '../../src/veeam/enums.ts';
import { getSessionLog, type VeeamLogRecord } from '../../src/veeam/session-logs.ts';
import { listTaskSessions, type VeeamTaskSession } from '../../src/veeam/task-sessions.ts';
import type { VeeamSource } from '../veeam-source.ts';

const DAY_MS = 86_400_000;
const OVERLAP_MS = 15 * 60_000;
/** A log is read for failures of this long ago at most, and so many in one run: one request each. */
const LOG_DAYS = 30;
const MOST_LOGS = 2_000;
/** Records of one log that are kept; the first say why, the rest repeat. */
const MOST_RECORDS = 20;

export const failedTasks = tasks('taskSessions failed', 'Failed');
export const warnedTasks = tasks('taskSessions warned', 'Warning');

/** Objects within sessions that failed or warned, all sessions at once: their message is the best reason there is. */
function tasks(endpoint: string, result: 'Failed' | 'Warning') {
  return defineCollection<VeeamSource, VeeamTaskSession, NonNullable<ReturnType<typeof toTaskRow>>>(
    'health',
    {
      endpoint,
      optional: true,
      extract: async function* ({ source, sourceNow }, since, reading) {
        const from = since
          ? since.getTime() - OVERLAP_MS
          : sourceNow.getTime() - source.backfillDays * DAY_MS;
        for await (const page of listTaskSessions(source.client, {
          since: new Date(from),
          by: 'EndTime',
          result,
          reading,
        })) {
          reading.rowsRejected += page.items.filter(
            ({ creationTime, sessionId }) => !sessionId || !source.parseTime(creationTime),
          ).length;
          yield { rows: page.items, readUntil: earlier(page.readUntil, settled(sourceNow)) };
        }
        if (reading.complete) yield { rows: [], readUntil: settled(sourceNow) };
      },
      transform: (items, context) =>
        items.map((task) => toTaskRow(task, context)).filter((row) => row !== null),
      prepare: (rows, { db }) =>
        ensurePartitions(
          db,
          'task_session',
          rows.map(({ created_at }) => created_at),
        ),
      load: (trx, rows) =>
        upsertRows(trx, 'task_session', rows, { key: ['source_id', 'task_session_id', 'created_at'] }),
    },
  );
}

const settled = (sourceNow: Date) => new Date(sourceNow.getTime() - OVERLAP_MS);
const earlier = (a: Date | undefined, b: Date) => (a && a < b ? a : a && b);

function toTaskRow(
  task: VeeamTaskSession,
  { source: { parseTime }, sourceId, seenAt }: RunContext<VeeamSource>,
) {
  const createdAt = parseTime(task.creationTime)?.at;
  if (!createdAt || !task.sessionId) return null;
  return {
    source_id: sourceId,
    task_session_id: task.id,
    created_at: createdAt,
    ended_at: parseTime(task.endTime)?.at ?? null,
    session_id: task.sessionId,
    session_type: task.sessionType ?? 'Unknown',
    type: task.type ?? 'Unknown',
    object_name: task.name ?? null,
    state: task.state ?? null,
    result: task.result?.result ?? null,
    message: task.result?.message ?? null,
    repository_id: task.repositoryId ?? null,
    algorithm: task.algorithm ?? null,
    bottleneck: task.progress?.bottleneck ?? null,
    processed_bytes: task.progress?.processedSize ?? null,
    read_bytes: task.progress?.readSize ?? null,
    transferred_bytes: task.progress?.transferredSize ?? null,
    usn: task.usn ?? null,
    known_from: seenAt,
  };
}

type SessionLog = { sessionId: string; record: VeeamLogRecord; place: number };

/** Logs of sessions that failed without a failed object that says why: agents, copies, jobs that broke before they began. */
export const failureLogs = defineCollection<VeeamSource, SessionLog, ReturnType<typeof toLogRow>>('health', {
  endpoint: 'sessions/{id}/logs',
  optional: true,
  extract: async function* (context, _since, reading) {
    const sessions = await sessionsWithoutReason(context);
    for (const { session_id: sessionId } of sessions.slice(0, MOST_LOGS)) {
      const records = (await logOf(context, sessionId, reading)).slice(0, MOST_RECORDS);
      yield { rows: records.map((record, place) => ({ sessionId, record, place })) };
    }
    reading.complete = sessions.length <= MOST_LOGS;
    if (!reading.complete)
      reading.reason = `logs of older failures than the newest ${MOST_LOGS} are left for the next run`;
  },
  transform: (logs, context) => logs.map((log) => toLogRow(log, context)),
  load: (trx, rows) => upsertRows(trx, 'session_log', rows, { key: ['source_id', 'session_id', 'log_id'] }),
});

/** A session that retention removed meanwhile has no log any more; one that the server cannot give ends nothing else. */
async function logOf(
  { source, recorder }: RunContext<VeeamSource>,
  sessionId: string,
  reading: Reading,
): Promise<VeeamLogRecord[]> {
  try {
    return await getSessionLog(source.client, sessionId, { status: 'Failed', reading });
  } catch (error) {
    if (!(error instanceof SourceError && OF_ONE_LOG.includes(error.code))) throw error;
    await recorder.event('log-not-read', { sessionId, code: error.code });
    return [];
  }
}

const OF_ONE_LOG: string[] = ['not-found', 'server-error', 'bad-answer', 'rejected'];

async function sessionsWithoutReason({
  db,
  sourceId,
  sourceNow,
}: RunContext<VeeamSource>): Promise<{ session_id: string }[]> {
  return db
    .selectFrom('session')
    .select('session_id')
    .where('source_id', '=', sourceId)
    .where('session_type', 'not in', RECOVERY_SESSION_TYPES)
    .where('result', '=', 'Failed')
    .where('ended_at', 'is not', null)
    .where('created_at', '>=', new Date(sourceNow.getTime() - LOG_DAYS * DAY_MS))
    .where((w) =>
      w.not(
        w.exists(
          w
            .selectFrom('session_reason as r')
            .select('r.session_id')
            .whereRef('r.source_id', '=', 'session.source_id')
            .whereRef('r.session_id', '=', 'session.session_id'),
        ),
      ),
    )
    .where((w) =>
      w.not(
        w.exists(
          w
            .selectFrom('session_log as l')
            .select('l.session_id')
            .whereRef('l.source_id', '=', 'session.source_id')
            .whereRef('l.session_id', '=', 'session.session_id'),
        ),
      ),
    )
    .where((w) =>
      w.not(
        w.exists(
          w
            .selectFrom('task_session as t')
            .select('t.session_id')
            .whereRef('t.source_id', '=', 'session.source_id')
            .whereRef('t.session_id', '=', 'session.session_id')
            .where('t.result', '=', 'Failed')
            .where('t.message', 'is not', null),
        ),
      ),
    )
    .orderBy('created_at', 'desc')
    .limit(MOST_LOGS + 1)
    .execute();
}

function toLogRow(
  { sessionId, record, place }: SessionLog,
  { source: { parseTime }, sourceId, seenAt }: RunContext<VeeamSource>,
) {
  return {
    source_id: sourceId,
    session_id: sessionId,
    log_id: record.id ?? place,
    status: record.status ?? null,
    started_at: parseTime(record.startTime)?.at ?? null,
    title: record.title ?? null,
    description: record.description ?? null,
    known_from: seenAt,
  };
}
