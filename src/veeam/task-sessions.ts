import * as z from 'zod';
import type { Reading } from '../reading.ts';
import type { VeeamClient } from './client.ts';
import {
  PLATFORM_ALIASES,
  PLATFORMS,
  SESSION_STATES,
  SESSION_TYPES,
  sessionTypesOf,
  words,
} from './enums.ts';
import { type ListEndpoint, type Page, readPages } from './pages.ts';
import { progress, result } from './progress.ts';
import { isAtLeast } from './revisions.ts';
import { readSplitting } from './split.ts';
import { id, number, open, rowId, text } from './wire.ts';

const TASK_TYPES = words('Backup Restore Antivirus Replica');

/** One object within a session. Restores have no sizes; scans have a scan result in place of a result. */
const taskSessionSchema = z.object({
  id: rowId,
  type: open(TASK_TYPES),
  sessionId: id,
  sessionType: open(SESSION_TYPES),
  creationTime: text,
  /** Absent while running. */
  endTime: text,
  /** The machine. */
  name: text,
  restorePointId: id,
  restorePointReference: text,
  replicaPointId: id,
  replicaPointReference: text,
  algorithm: open(words('Full Increment None Synthetic')),
  repositoryId: id,
  usn: number,
  state: open(SESSION_STATES),
  /** Its message is the best reason for a failure that there is. */
  result,
  progress,
  platformType: open(PLATFORMS, PLATFORM_ALIASES),
  platformId: id,
  scanType: open(words('Antivirus Yara')),
  scanState: open(words('NotStarted InProgress Finished')),
  scanResult: open(words('None Clean Infected Failed Canceled Inconclusive')),
  antivirusName: text,
});
export type VeeamTaskSession = z.infer<typeof taskSessionSchema>;

export type TaskSessionFilter = {
  /** Task sessions that ended (or were created) from this time on, by the server's clock. */
  since?: Date | undefined;
  by: 'EndTime' | 'CreationTime';
  type?: 'Backup' | 'Restore' | 'Antivirus' | 'Replica' | undefined;
  /** Only those that ended so. */
  result?: 'Success' | 'Warning' | 'Failed' | undefined;
  reading?: Reading | undefined;
  signal?: AbortSignal | undefined;
};

const PATH = '/api/v1/taskSessions';
const TIMEOUT_MS = 180_000;

/**
 * Task sessions of all sessions, oldest first. Where the server answers 500 to the whole list (sessions of agents up to
 * 1.3-rev1) it is read per type of session, and the types that cannot be read are named in `reading`.
 * @throws SourceError what the client throws
 */
export async function* listTaskSessions(
  client: VeeamClient,
  { since, by, type, result, reading, signal }: TaskSessionFilter,
): AsyncGenerator<Page<VeeamTaskSession>> {
  const values = sessionTypesOf(await client.revision());
  const options = {
    after: since,
    reading,
    signal,
    timeoutMs: TIMEOUT_MS,
    query: { typeFilter: type, resultFilter: result },
  };
  yield* readSplitting(client, taskList(by), options, {
    parameter: 'sessionTypeFilter',
    values,
    first: 'whole',
  });
}

/** The task sessions of one session. */
export async function* listTaskSessionsOf(
  client: VeeamClient,
  sessionId: string,
  reading?: Reading,
): AsyncGenerator<Page<VeeamTaskSession>> {
  const paged = isAtLeast(await client.revision(), '1.3-rev1');
  const path = `/api/v1/sessions/${encodeURIComponent(sessionId)}/taskSessions`;
  const list = { path, row: taskSessionSchema, orderColumn: paged ? 'CreationTime' : undefined, paged };
  yield* readPages(client, list, { reading });
}

function taskList(by: TaskSessionFilter['by']): ListEndpoint<VeeamTaskSession> {
  const byTime =
    by === 'EndTime'
      ? { afterFilter: 'endedAfterFilter', time: (row: VeeamTaskSession) => row.endTime }
      : { afterFilter: 'createdAfterFilter', time: (row: VeeamTaskSession) => row.creationTime };
  return { path: PATH, row: taskSessionSchema, orderColumn: by, byTime };
}
