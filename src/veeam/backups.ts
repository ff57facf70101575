import * as z from 'zod';
import type { Reading } from '../reading.ts';
import type { VeeamClient } from './client.ts';
import { JOB_TYPE_ALIASES, JOB_TYPES, PLATFORM_ALIASES, PLATFORMS, SEVERITIES } from './enums.ts';
import { type ListEndpoint, type Page, readPages } from './pages.ts';
import { isAtLeast } from './revisions.ts';
import { readParts } from './split.ts';
import { flag, id, ids, number, open, rowId, text, texts } from './wire.ts';

const platformName = open(PLATFORMS, PLATFORM_ALIASES);

const backupSchema = z.object({
  id: rowId,
  /** Absent for orphaned and imported backups. */
  jobId: id,
  policyUniqueId: text,
  policyTag: text,
  name: text,
  platformName,
  platformId: id,
  /** Moves with retention: not the time of the first backup. */
  creationTime: text,
  repositoryId: id,
  repositoryName: text,
  jobType: open(JOB_TYPES, JOB_TYPE_ALIASES),
});
export type VeeamBackup = z.infer<typeof backupSchema>;

/** Sizes in bytes; the ratios are the percentage of data that remains. */
export const backupFileSchema = z
  .object({
    id: rowId,
    name: text,
    backupId: id,
    objectId: id,
    objectIds: ids,
    restorePointIds: ids,
    dataSize: number,
    backupSize: number,
    dedupRatio: number,
    compressRatio: number,
    creationTime: text,
    gfsPeriods: texts,
    severity: open(SEVERITIES),
  })
  // One object per file up to rev1, several since.
  .transform(({ objectId, ...rest }) => ({
    ...rest,
    objectIds: rest.objectIds ?? (objectId ? [objectId] : []),
  }));
export type VeeamBackupFile = z.infer<typeof backupFileSchema>;

export const backupObjectSchema = z.object({
  id: rowId,
  name: text,
  type: text,
  platformName,
  platformId: id,
  restorePointsCount: number,
  lastRunFailed: flag,
  /** Does not lead to a backup of `listBackups`: use `listObjectsOfBackup`. */
  backupId: id,
  size: number,
  /** The machine within its platform (such as a moref), or by hardware. */
  objectId: text,
  viType: text,
  hvType: text,
  path: text,
  biosUuid: text,
  computerId: id,
  protectionGroupIds: ids,
});
export type VeeamBackupObject = z.infer<typeof backupObjectSchema>;

const backups: ListEndpoint<VeeamBackup> = {
  path: '/api/v1/backups',
  row: backupSchema,
  orderColumn: 'Name',
};

/** The ids repeat for an object that is in several backups. */
const objectKey = ({ id, backupId, name }: VeeamBackupObject) => `${id} ${backupId ?? ''} ${name ?? ''}`;

const objects: ListEndpoint<VeeamBackupObject> = {
  path: '/api/v1/backupObjects',
  row: backupObjectSchema,
  orderColumn: 'Name',
  key: objectKey,
};

/** All backups, by name. */
export function listBackups(client: VeeamClient, reading?: Reading): AsyncGenerator<Page<VeeamBackup>> {
  return readPages(client, backups, { reading });
}

/**
 * The files of some backups, those created since a time if one is given. A backup that is gone by now is left out.
 * One request per backup at least: the API has no list of all files.
 */
export function listBackupFiles(
  client: VeeamClient,
  backupIds: Iterable<string>,
  { since, reading, signal }: { since?: Date | undefined; reading?: Reading; signal?: AbortSignal } = {},
): AsyncGenerator<Page<VeeamBackupFile>> {
  const parts = Array.from(backupIds, (backupId) => ({
    name: `backup ${backupId}`,
    list: filesOf(backupId),
    options: { after: since, signal },
  }));
  return readParts(client, parts, { reading });
}

/** All protected objects, by name; one may come several times, once per backup that it is in. */
export function listBackupObjects(
  client: VeeamClient,
  reading?: Reading,
): AsyncGenerator<Page<VeeamBackupObject>> {
  // In parts, as a server without any answers 404.
  return readParts(client, [{ name: 'objects', list: objects, options: { timeoutMs: 180_000 } }], {
    reading,
  });
}

/** The objects in one backup. */
export async function* listObjectsOfBackup(
  client: VeeamClient,
  backupId: string,
  reading?: Reading,
): AsyncGenerator<Page<VeeamBackupObject>> {
  const list: ListEndpoint<VeeamBackupObject> = {
    path: `/api/v1/backups/${encodeURIComponent(backupId)}/objects`,
    row: backupObjectSchema,
    orderColumn: undefined,
    key: objectKey,
    paged: isAtLeast(await client.revision(), '1.3-rev1'),
  };
  yield* readPages(client, list, { reading });
}

function filesOf(backupId: string): ListEndpoint<VeeamBackupFile> {
  return {
    path: `/api/v1/backups/${encodeURIComponent(backupId)}/backupFiles`,
    row: backupFileSchema,
    orderColumn: 'CreationTime',
    byTime: { afterFilter: 'createdAfterFilter', time: (row) => row.creationTime },
  };
}
