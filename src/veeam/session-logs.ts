import * as z from 'zod';
import type { Reading } from '../reading.ts';
import type { VeeamClient } from './client.ts';
import { words } from './enums.ts';
import { readRows } from './read-object.ts';
import { isAtLeast } from './revisions.ts';
import { number, open, text } from './wire.ts';

/** Text up to rev1, a list of fields since. */
const additionalInfo = z
  .union([
    z.array(z.object({ field: text, data: text })),
    z.string().transform((data) => [{ field: undefined, data }]),
  ])
  .optional();

const recordSchema = z.object({
  id: number,
  status: open(words('None Succeeded Warning Failed')),
  startTime: text,
  updateTime: text,
  title: text,
  description: text,
  additionalInfo,
});
export type VeeamLogRecord = z.infer<typeof recordSchema>;

export type LogFilter = {
  status?: 'Failed' | 'Warning' | 'Succeeded' | 'None' | undefined;
  reading?: Reading | undefined;
};

/** The log of a session in the order in which it was written; of a cancelled one it may be empty. */
export function getSessionLog(
  client: VeeamClient,
  sessionId: string,
  filter: LogFilter = {},
): Promise<VeeamLogRecord[]> {
  return readLog(client, `/api/v1/sessions/${encodeURIComponent(sessionId)}/logs`, filter);
}

/** The log of a task session, likewise. */
export function getTaskSessionLog(
  client: VeeamClient,
  taskSessionId: string,
  filter: LogFilter = {},
): Promise<VeeamLogRecord[]> {
  return readLog(client, `/api/v1/taskSessions/${encodeURIComponent(taskSessionId)}/logs`, filter);
}

async function readLog(
  client: VeeamClient,
  path: string,
  { status, reading }: LogFilter,
): Promise<VeeamLogRecord[]> {
  const filtered = status !== undefined && isAtLeast(await client.revision(), '1.3-rev0');
  const query = filtered ? { statusFilter: status } : {};
  const records = await readRows(client, path, { property: 'records', row: recordSchema, query, reading });
  // An older server sends all records, whatever is asked for.
  return records
    .filter((record) => status === undefined || record.status === status)
    .toSorted((a, b) => (a.id ?? 0) - (b.id ?? 0));
}
