import * as z from 'zod';
import type { Reading } from '../reading.ts';
import type { VeeamClient } from './client.ts';
import { words } from './enums.ts';
import { type ListEndpoint, type Page, readPages } from './pages.ts';
import { flag, open, rowId, text } from './wire.ts';

export const managedServerSchema = z.object({
  id: rowId,
  /** Fully qualified, where `serverInfo.name` is short. */
  name: text,
  description: text,
  type: open(
    words(`WindowsHost LinuxHost ViHost CloudDirectorHost HvServer HvCluster SCVMM SmbV3Cluster
      SmbV3StandaloneHost NutanixCluster PrismCentral ProxmoxNode ProxmoxCluster`),
  ),
  status: open(words('Available Unavailable')),
  isBackupServer: flag,
  isDefaultMountServer: flag,
  updatesState: open(
    words('CheckInProgress Installing LastInstallFailed Available NotAvailable CheckUpdatesFailed OutOfDate'),
    { NotAvaliable: 'NotAvailable' },
  ),
  viHostType: text,
});
export type VeeamManagedServer = z.infer<typeof managedServerSchema>;

const managedServers: ListEndpoint<VeeamManagedServer> = {
  path: '/api/v1/backupInfrastructure/managedServers',
  row: managedServerSchema,
  orderColumn: 'Name',
};

/** The servers that the backup server manages, by name. */
export function listManagedServers(
  client: VeeamClient,
  reading?: Reading,
): AsyncGenerator<Page<VeeamManagedServer>> {
  return readPages(client, managedServers, { reading });
}
