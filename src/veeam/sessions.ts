import * as z from 'zod';
import type { Reading } from '../reading.ts';
import type { VeeamClient } from './client.ts';
import { PLATFORM_ALIASES, PLATFORMS, SESSION_STATES, SESSION_TYPES, sessionTypesOf } from './enums.ts';
import type { ListEndpoint, Page, ReadOptions } from './pages.ts';
import { progress, result } from './progress.ts';
import { orNull, readRecorded } from './read-object.ts';
import { isAtLeast, type Revision } from './revisions.ts';
import { readSplitting } from './split.ts';
import { flag, id, number, open, rowId, text } from './wire.ts';

/** One run of a job, or one restore. @see the API's SessionModel */
export const sessionSchema = z.object({
  id: rowId,
  name: text,
  /** The job's own id; of another kind for children of copy jobs, and absent for sessions of the service. */
  jobId: id,
  sessionType: open(SESSION_TYPES),
  creationTime: text,
  /** Absent while running. */
  endTime: text,
  state: open(SESSION_STATES),
  progressPercent: number,
  result,
  resourceId: id,
  resourceReference: text,
  parentSessionId: id,
  /** Grows with each change of the session. */
  usn: number,
  platformName: open(PLATFORMS, PLATFORM_ALIASES),
  platformId: id,
  initiatedBy: text,
  relatedSessionId: id,
  algorithm: text,
  progress,
  originalSessionId: id,
  retryInfo: z.object({ isRecheckRetry: flag, retryNumber: number }).optional(),
});
export type VeeamSession = z.infer<typeof sessionSchema>;

export type SessionFilter = {
  /** Sessions that ended (or were created) from this time on, by the server's clock. */
  since?: Date | undefined;
  by: 'EndTime' | 'CreationTime';
  /** Only these types; those that the server's revision does not know are left out of the question. undefined: all. */
  types?: readonly string[] | undefined;
  jobId?: string | undefined;
  reading?: Reading | undefined;
  signal?: AbortSignal | undefined;
};

const PATH = '/api/v1/sessions';

/**
 * Sessions in the order of their end or creation, oldest first. By end only those that ended are sure to come; running
 * ones are found by creation.
 * @throws SourceError what the client throws
 */
export async function* listSessions(
  client: VeeamClient,
  { since, by, types, jobId, reading, signal }: SessionFilter,
): AsyncGenerator<Page<VeeamSession>> {
  const revision = await client.revision();
  const known = sessionTypesOf(revision);
  const asked = types ? types.filter((type) => known.includes(type)) : undefined;
  if (asked?.length === 0) return markEmpty(reading);
  const options: ReadOptions = { after: since, reading, signal, query: { jobIdFilter: jobId } };
  yield* readSplitting(client, sessionList(by), withTypes(options, asked, revision), {
    parameter: 'typeFilter',
    values: asked ?? known,
    first: asked && asked.length > 1 && !takesSeveralTypes(revision) ? 'parts' : 'whole',
  });
}

/** The session as it is now, or null if it has vanished from the server. */
export function getSession(
  client: VeeamClient,
  sessionId: string,
  reading?: Reading,
): Promise<VeeamSession | null> {
  const path = `${PATH}/${encodeURIComponent(sessionId)}`;
  return orNull(readRecorded(client, path, sessionSchema, reading), reading);
}

function sessionList(by: SessionFilter['by']): ListEndpoint<VeeamSession> {
  const byTime =
    by === 'EndTime'
      ? { afterFilter: 'endedAfterFilter', time: (row: VeeamSession) => row.endTime }
      : { afterFilter: 'createdAfterFilter', time: (row: VeeamSession) => row.creationTime };
  return { path: PATH, row: sessionSchema, orderColumn: by, byTime };
}

/** 1.2 takes one value for `typeFilter`, later revisions a list. */
const takesSeveralTypes = (revision: Revision) => isAtLeast(revision, '1.3-rev0');

function withTypes(
  options: ReadOptions,
  types: readonly string[] | undefined,
  revision: Revision,
): ReadOptions {
  if (!types) return options;
  const typeFilter = takesSeveralTypes(revision) ? types : types[0];
  return { ...options, query: { ...options.query, typeFilter } };
}

/** None of the types exists in the server's revision: there is nothing to read, and nothing is missing. */
export function markEmpty(reading: Reading | undefined): void {
  if (!reading) return;
  reading.rowsTotal ??= 0;
  reading.complete = true;
}
