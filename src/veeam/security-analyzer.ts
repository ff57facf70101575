import * as z from 'zod';
import type { Reading } from '../reading.ts';
import type { VeeamClient } from './client.ts';
import { words } from './enums.ts';
import { orNull, readRecorded, readRows } from './read-object.ts';
import { sessionSchema, type VeeamSession } from './sessions.ts';
import { open, rowId, text } from './wire.ts';

const bestPracticeSchema = z.object({
  id: rowId,
  bestPractice: text,
  status: open(words('Analyzing None OK Suppressed UnableToCheck Violation')),
  note: text,
});
export type VeeamBestPractice = z.infer<typeof bestPracticeSchema>;

const PATH = '/api/v1/securityAnalyzer';

/** What the security analyser found; nothing at all means that it never ran, not that all is well. */
export function getBestPractices(client: VeeamClient, reading?: Reading): Promise<VeeamBestPractice[]> {
  return readRows(client, `${PATH}/bestPractices`, { property: 'items', row: bestPracticeSchema, reading });
}

/** The analyser's last run, or null if it never ran. */
export function getSecurityAnalyzerLastRun(
  client: VeeamClient,
  reading?: Reading,
): Promise<VeeamSession | null> {
  return orNull(readRecorded(client, `${PATH}/lastRun`, sessionSchema, reading), reading);
}
