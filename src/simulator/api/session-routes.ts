import type { Call, Routes } from './call.ts';
import { ApiError, notFound } from './errors.ts';
import { listRows, toPage, toWhole } from './list.ts';
import { sessionLog, taskLog } from './logs.ts';
import { isAgent } from './platforms.ts';
import { textOf } from './query.ts';
import { findSessions } from './session-list.ts';
import { jobOf, toSession } from './session-view.ts';
import { findTasks, toTaskSession } from './task-view.ts';
import { taskOf, tasksOf } from './tasks.ts';

export const SESSION_ROUTES: Routes = {
  '/api/v1/sessions': (call) => {
    const { world, query, revision, now } = call;
    const visible = world.visible();
    const found = findSessions(world, query, revision, visible);
    return toPage(query, found.length, (skip, limit) =>
      Array.from({ length: limit }, (_, i) => toSession(world, found.at(skip + i), now, revision)),
    );
  },
  '/api/v1/sessions/{id}': (call) => toSession(call.world, sessionOf(call), call.now, call.revision),
  '/api/v1/sessions/{id}/logs': (call) =>
    withStatus(call, sessionLog(call.world, sessionOf(call), call.now, call.revision)),
  '/api/v1/sessions/{id}/taskSessions': (call) => {
    const { world, query, revision, now } = call;
    const index = sessionOf(call);
    failForAgents(call, index);
    const rows = [...tasksOf(world, index, world.timeline.columns.row(index), now)].map((task) =>
      toTaskSession(world, task, revision),
    );
    return revision === 0 ? toWhole(rows) : listRows(query, rows, world.zone);
  },
  '/api/v1/taskSessions': (call) => {
    const { world, query, revision, now } = call;
    const found = findTasks(world, query, revision, world.visible());
    failForListedAgents(call, found.sessions);
    return toPage(query, found.length, (skip, limit) =>
      found.slice(skip, limit).flatMap(([session, n]) => {
        const task = taskOf(world, session, world.timeline.columns.row(session), n, now);
        return task ? [toTaskSession(world, task, revision)] : [];
      }),
    );
  },
  '/api/v1/taskSessions/{id}': (call) => toTaskSession(call.world, taskById(call), call.revision),
  '/api/v1/taskSessions/{id}/logs': (call) =>
    withStatus(call, taskLog(call.world, taskById(call), call.revision)),
};

/** The place of the session in the path. @throws ApiError 404, also for one that retention has taken */
function sessionOf({ world, ids }: Call): number {
  const [index = -1] = world.ids.read('session', ids.id ?? '') ?? [];
  const { from, to } = world.visible();
  if (index < from || index >= to) throw notFound(`Session ${ids.id ?? ''}`);
  return index;
}

export function taskById({ world, ids, now }: Call) {
  const [session = -1, n = -1] = world.ids.read('task', ids.id ?? '') ?? [];
  const { from, to } = world.visible();
  const isThere = session >= from && session < to;
  const task = isThere ? taskOf(world, session, world.timeline.columns.row(session), n, now) : undefined;
  if (!task) throw notFound(`Task session ${ids.id ?? ''}`);
  return task;
}

type Log = { totalRecords: number; records: { status: string }[] };

function withStatus({ query }: Call, log: Log): Log {
  const status = textOf(query, 'statusFilter');
  if (status === undefined) return log;
  const records = log.records.filter((record) => record.status === status);
  return { totalRecords: records.length, records };
}

/** Older revisions cannot express the platform of agents and fail for the whole list (a fault that can be switched on). */
function failForAgents(call: Call, session: number): void {
  const job = jobOf(call.world, call.world.timeline.columns.row(session));
  if (!job || !isAgent(job) || call.revision === 2 || !call.isFaulty('agent-tasks-500')) return;
  throw new ApiError(500, 'UnknownError', 'Requested value was not found: EndpointBackup');
}

function failForListedAgents(call: Call, sessions: () => Iterable<number>): void {
  if (call.revision === 2 || !call.isFaulty('agent-tasks-500')) return;
  for (const session of sessions()) failForAgents(call, session);
}
