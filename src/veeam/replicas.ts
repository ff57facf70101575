import * as z from 'zod';
import type { Reading } from '../reading.ts';
import type { VeeamClient } from './client.ts';
import { PLATFORM_ALIASES, PLATFORMS, REPLICA_STATES, SEVERITIES, words } from './enums.ts';
import { type ListEndpoint, type Page, readPages } from './pages.ts';
import { id, open, rowId, text, texts } from './wire.ts';

const platformName = open(PLATFORMS, PLATFORM_ALIASES);

export const replicaSchema = z.object({
  id: rowId,
  /** `Snapshot` is called `Regular` up to rev1. */
  type: open(words('Snapshot CDP'), { Regular: 'Snapshot' }),
  jobId: id,
  policyUniqueId: text,
  policyTag: text,
  name: text,
  platformName,
  platformId: id,
  creationTime: text,
  state: open(REPLICA_STATES),
});
export type VeeamReplica = z.infer<typeof replicaSchema>;

const replicaPointSchema = z.object({
  id: rowId,
  name: text,
  platformName,
  platformId: id,
  creationTime: text,
  replicaId: id,
  allowedOperations: texts,
  state: open(REPLICA_STATES),
  malwareStatus: open(SEVERITIES),
});
export type VeeamReplicaPoint = z.infer<typeof replicaPointSchema>;

const replicas: ListEndpoint<VeeamReplica> = {
  path: '/api/v1/replicas',
  row: replicaSchema,
  orderColumn: 'Name',
};
const replicaPoints: ListEndpoint<VeeamReplicaPoint> = {
  path: '/api/v1/replicaPoints',
  row: replicaPointSchema,
  orderColumn: 'CreationTime',
  byTime: { afterFilter: 'createdAfterFilter', time: (row) => row.creationTime },
};

/** All replicas, by name. */
export function listReplicas(client: VeeamClient, reading?: Reading): AsyncGenerator<Page<VeeamReplica>> {
  return readPages(client, replicas, { reading });
}

/** Restore points of replicas created since a time, oldest first. */
export function listReplicaPoints(
  client: VeeamClient,
  { since, reading, signal }: { since?: Date | undefined; reading?: Reading; signal?: AbortSignal } = {},
): AsyncGenerator<Page<VeeamReplicaPoint>> {
  return readPages(client, replicaPoints, { after: since, reading, signal });
}
