import { defineCollection } from '../../src/pipeline/collect.ts';
import {
  listReplicaPoints,
  listReplicas,
  type VeeamReplica,
  type VeeamReplicaPoint,
} from '../../src/veeam/replicas.ts';
import { type Context, type FactRow, markVanished, storeFacts, type VeeamContext } from '../shared/facts.ts';
import { type Pass, planPass, readPass, settlePass } from '../shared/passes.ts';
import type { VeeamSource } from '../veeam-source.ts';

const seen = new WeakMap<Context, Set<string>>();

/** Machines that stand ready elsewhere. Which workload each is a replica of is found later, from the names. */
export const replicas = defineCollection<VeeamSource, VeeamReplica, FactRow<'replica'>>('rto', {
  endpoint: 'replicas',
  optional: true,
  extract: async function* (context, _since, reading) {
    seen.set(context, new Set());
    for await (const { items } of listReplicas(context.source.client, reading)) yield { rows: items };
  },
  transform: (items) =>
    items.map((one) => ({
      replica_id: one.id,
      name: one.name ?? one.id,
      workload_id: null,
      type: one.type ?? null,
      job_id: one.jobId ?? null,
      platform: one.platformName ?? null,
      state: one.state ?? null,
    })),
  load: (trx, rows, context) => {
    for (const { replica_id } of rows) seen.get(context)?.add(replica_id);
    return storeFacts(trx, 'replica', 'replica_id', rows, context, ['workload_id']);
  },
  finish: async (trx, context) => {
    await markVanished(trx, 'replica', 'replica_id', context, seen.get(context) ?? []);
  },
});

type PointRow = FactRow<'replica_point'>;

const POINTS = 'replicaPoints';
const passes = new WeakMap<Context, Pass>();

/** States that a replica can take over from, read as restore points are. */
export const replicaPoints = defineCollection<VeeamSource, VeeamReplicaPoint, PointRow>('rto', {
  endpoint: POINTS,
  optional: true,
  extract: async function* (context, since, reading) {
    const pass = await planPass(context, POINTS, since);
    passes.set(context, pass);
    const pages = listReplicaPoints(context.source.client, { since: pass.from, reading });
    yield* readPass(context, pages, reading);
  },
  transform: (items, context) => items.map((point) => toPoint(point, context)).filter((row) => row !== null),
  load: (trx, rows, context) => {
    for (const row of rows) passes.get(context)?.seen.add(row.replica_point_id);
    return storeFacts(trx, 'replica_point', 'replica_point_id', rows, context);
  },
  finish: async (trx, context) => {
    const pass = passes.get(context);
    if (pass) await settlePass(trx, context, { table: 'replica_point', id: 'replica_point_id' }, pass);
  },
});

/** A point without a replica or a time has no place. */
function toPoint(point: VeeamReplicaPoint, { source: { parseTime } }: VeeamContext): PointRow | null {
  const createdAt = parseTime(point.creationTime)?.at;
  if (!createdAt || !point.replicaId) return null;
  return {
    replica_point_id: point.id,
    replica_id: point.replicaId,
    name: point.name ?? null,
    created_at: createdAt,
    state: point.state ?? null,
    malware_status: point.malwareStatus ?? null,
    operations: point.allowedOperations ?? [],
  };
}
