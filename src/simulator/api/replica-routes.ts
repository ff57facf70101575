import { spell } from '../contract/enums.ts';
import type { Job, Protected } from '../estate/types.ts';
import type { Link } from '../history/chains.ts';
import { type Call, listRoutes, type Routes } from './call.ts';
import { notFound } from './errors.ts';
import { listRows, type Row } from './list.ts';
import { malwareAt } from './malware.ts';
import { platformId, platformName } from './platforms.ts';

export const KEPT_POINTS = 7;

export const REPLICA_ROUTES: Routes = {
  ...listRoutes(
    '/api/v1/replicas',
    (call) => replicated(call).map(([job, place]) => replica(call, job, place)),
    {},
  ),
  '/api/v1/replicas/{id}/replicaPoints': (call) => {
    const found = replicated(call).find(
      ([, place]) => call.world.ids.of('replica', place.index) === call.ids.id?.toLowerCase(),
    );
    if (!found) throw notFound(`Replica ${call.ids.id ?? ''}`);
    return listRows(call.query, pointsOf(call, ...found), call.world.zone);
  },
  ...listRoutes(
    '/api/v1/replicaPoints',
    (call) => replicated(call).flatMap((one) => pointsOf(call, ...one)),
    {},
  ),
};

function replicated({ world, now }: Call): [Job, Protected][] {
  return world.estate.jobs
    .filter((job) => job.kind === 'replica' && world.chains.at(job, now).length > 0)
    .flatMap((job) =>
      world.estate.protected
        .slice(job.first, job.first + job.count)
        .map((place): [Job, Protected] => [job, place]),
    );
}

/** A replica is processed while its job runs. */
export function replicaState(
  { world, now }: Pick<Call, 'world' | 'now'>,
  job: Job,
  place: Protected,
): string {
  const special = world.draft.recovery.replicaStates.get(place.index);
  if (special && now >= special.from && now < special.to) return special.state;
  const run = world.runs.get(job, world.runs.slotAt(job, now));
  return run && run.end > now ? 'Processing' : 'Ready';
}

function replica(call: Call, job: Job, place: Protected): Row {
  const { world, revision, now } = call;
  const newest = world.storage.linksOf(place, now).at(-1);
  return {
    id: world.ids.of('replica', place.index),
    type: spell('EReplicaType', 'Snapshot', revision, 'Regular'),
    jobId: job.id,
    policyUniqueId: job.id,
    name: `${world.estate.machines[place.machine]?.name ?? ''}_replica`,
    platformName: platformName(job.kind, revision),
    platformId: platformId(job.kind),
    creationTime: world.stamps.zoned(newest?.created ?? now),
    state: replicaState(call, job, place),
  };
}

function pointsOf({ world, revision, now }: Call, job: Job, place: Protected): Row[] {
  const toRow = (link: Link): Row => ({
    id: world.ids.of('replicaPoint', place.index, link.slot),
    name: world.estate.machines[place.machine]?.name ?? '',
    platformName: platformName(job.kind, revision),
    platformId: platformId(job.kind),
    creationTime: world.stamps.zoned(world.storage.createdAt(place, link)),
    replicaId: world.ids.of('replica', place.index),
    allowedOperations: ['StartViVMSnapshotReplicaFailover'],
    state: 'Ready',
    malwareStatus: malwareAt(world, place, world.storage.createdAt(place, link), now),
  });
  return world.storage.linksOf(place, now).slice(-KEPT_POINTS).map(toRow).reverse();
}
