import * as z from 'zod';
import type { Reading } from '../reading.ts';
import { loose } from '../wire/lenient.ts';
import type { VeeamClient } from './client.ts';
import { words } from './enums.ts';
import { type ListEndpoint, type Page } from './pages.ts';
import { orNull, readRows } from './read-object.ts';
import { isAtLeast } from './revisions.ts';
import { markEmpty } from './sessions.ts';
import { readParts } from './split.ts';
import { id, number, open, rowId, text } from './wire.ts';

/** A file browser that someone has open on a restore point. */
const browserSchema = z
  .object({
    sessionId: rowId,
    type: open(words('Windows Linux')),
    restorePointId: id,
    sourceProperties: loose(z.object({ machineName: text, restorePointName: text })),
  })
  .transform((row) => ({ ...row, id: row.sessionId }));
export type VeeamFileBrowser = z.infer<typeof browserSchema>;

/** One restored item: true bytes and times. */
const restoredItemSchema = z.object({
  itemType: text,
  sourcePath: text,
  targetPath: text,
  targetHost: text,
  size: number,
  restoreStatus: open(words('Succeeded Warning Failed Pending InProgress Cancelled Skipped')),
  jobName: text,
  restorePointId: id,
  restorePointDate: text,
  restoreStartTime: text,
  restoreFinishTime: text,
  restoreSessionId: id,
  initiatorName: text,
  name: text,
  targetName: text,
});
export type VeeamRestoredItem = z.infer<typeof restoredItemSchema>;

const PATH = '/api/v1/backupBrowser/flr';

/** The file browsers that are open now, oldest first. */
export function listFileBrowsers(
  client: VeeamClient,
  reading?: Reading,
): AsyncGenerator<Page<VeeamFileBrowser>> {
  const list: ListEndpoint<VeeamFileBrowser> = {
    path: PATH,
    row: browserSchema,
    orderColumn: 'CreationTime',
  };
  return readParts(client, [{ name: 'file browsers', list, options: {} }], { reading });
}

/** What was restored through a file browser; null if the browser is closed. Since 1.3-rev0. */
export async function getRestoredItems(
  client: VeeamClient,
  sessionId: string,
  reading?: Reading,
): Promise<VeeamRestoredItem[] | null> {
  if (!isAtLeast(await client.revision(), '1.3-rev0')) {
    markEmpty(reading);
    return null;
  }
  const path = `${PATH}/${encodeURIComponent(sessionId)}/audit`;
  return orNull(readRows(client, path, { property: 'items', row: restoredItemSchema, reading }), reading);
}
