import * as z from 'zod';
import type { Reading } from '../reading.ts';
import { loose } from '../wire/lenient.ts';
import type { VeeamClient } from './client.ts';
import { words } from './enums.ts';
import { type ListEndpoint, type Page } from './pages.ts';
import { isAtLeast, type Revision } from './revisions.ts';
import { markEmpty } from './sessions.ts';
import { readParts } from './split.ts';
import { id, open, rowId, text } from './wire.ts';

/** What is mounted right now by an instant recovery or a publication; it is gone from the list once it is unmounted. */
const mountSchema = z.object({
  id: rowId,
  sessionId: id,
  state: open(
    words(`Failed Mounting Mounted Dismounting Ready Migrating ReadyToSwitch Switching Starting Stopping Stopped
      Publishing PublishFailed Published Unpublishing UnpublishFailed Unpublished`),
  ),
  /** Publications name their state so. */
  mountState: open(words('Mounted MountFailed Mounting Unmounted UnmountFailed Unmounting')),
  vmName: text,
  jobName: text,
  restorePointDate: text,
  hostName: text,
  errorMessage: text,
  backupId: id,
  backupName: text,
  restorePointId: id,
  restorePointName: text,
  initiatorName: text,
  unstructuredServerId: id,
  unstructuredServerName: text,
  spec: loose(z.object({ restorePointId: id })),
});
export type VeeamMount = z.infer<typeof mountSchema>;

const KINDS = {
  vSphere: { path: '/api/v1/restore/instantRecovery/vSphere/vm', since: '1.2-rev1' },
  fcd: { path: '/api/v1/restore/instantRecovery/vSphere/fcd', since: '1.2-rev1' },
  hyperV: { path: '/api/v1/restore/instantRecovery/hyperV/vm', since: '1.3-rev0' },
  azure: { path: '/api/v1/restore/instantRecovery/azure/vm', since: '1.3-rev0' },
  unstructuredData: { path: '/api/v1/restore/instantRecovery/unstructuredData', since: '1.3-rev1' },
  publication: { path: '/api/v1/dataIntegration', since: '1.2-rev1' },
} satisfies Record<string, { path: string; since: Revision }>;

export type MountKind = keyof typeof KINDS;
export const MOUNT_KINDS = Object.keys(KINDS) as MountKind[];

/** The mounts of one kind; none where the server does not know the kind, or says 404 for "none". */
export async function* listRestoreMounts(
  client: VeeamClient,
  kind: MountKind,
  reading?: Reading,
): AsyncGenerator<Page<VeeamMount>> {
  const revision = await client.revision();
  const { path, since } = KINDS[kind];
  if (!isAtLeast(revision, since)) return markEmpty(reading);
  // Up to rev0 these columns are written in lower case.
  const orderColumn = isAtLeast(revision, '1.3-rev1') ? 'State' : 'state';
  const list: ListEndpoint<VeeamMount> = { path, row: mountSchema, orderColumn };
  yield* readParts(client, [{ name: kind, list, options: {} }], { reading });
}
