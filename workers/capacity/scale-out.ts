import { defineCollection } from '../../src/pipeline/collect.ts';
import { listScaleOutRepositories, type VeeamScaleOutRepository } from '../../src/veeam/repositories.ts';
import { type Context, type FactRow, markVanished, storeFacts } from '../shared/facts.ts';
import type { VeeamSource } from '../veeam-source.ts';

type Seen = { repositories: Set<string>; extents: Set<string> };
const seen = new WeakMap<Context, Seen>();

/** Scale-out repositories, and which repository is an extent of which tier. */
export const scaleOutRepositories = defineCollection<
  VeeamSource,
  VeeamScaleOutRepository,
  VeeamScaleOutRepository
>('capacity', {
  endpoint: 'scaleOutRepositories',
  optional: true,
  extract: async function* (context, _since, reading) {
    seen.set(context, { repositories: new Set(), extents: new Set() });
    for await (const { items } of listScaleOutRepositories(context.source.client, reading))
      yield { rows: items };
  },
  transform: (items) => items,
  load: async (trx, items, context) => {
    const extents = items.flatMap(toExtents);
    for (const { id } of items) seen.get(context)?.repositories.add(id);
    for (const { extent_key } of extents) seen.get(context)?.extents.add(String(extent_key));
    const key = 'scale_out_repository_id';
    const changed = await storeFacts(trx, 'scale_out_repository', key, items.map(toScaleOut), context);
    return changed + (await storeFacts(trx, 'scale_out_extent', 'extent_key', extents, context));
  },
  finish: async (trx, context) => {
    const { repositories, extents } = seen.get(context) ?? { repositories: [], extents: [] };
    await markVanished(trx, 'scale_out_repository', 'scale_out_repository_id', context, repositories);
    await markVanished(trx, 'scale_out_extent', 'extent_key', context, extents);
  },
});

function toScaleOut({ id, name, description, capacityTier, archiveTier }: VeeamScaleOutRepository) {
  return {
    scale_out_repository_id: id,
    name: name ?? id,
    description: description ?? null,
    capacity_tier: capacityTier?.isEnabled ?? null,
    copies_to_capacity_tier: capacityTier?.copyPolicyEnabled ?? null,
    moves_to_capacity_tier: capacityTier?.movePolicyEnabled ?? null,
    operational_restore_days: capacityTier?.operationalRestorePeriodDays ?? null,
    archive_tier: archiveTier?.isEnabled ?? null,
    archive_after_days: archiveTier?.archivePeriodDays ?? null,
  };
}

/** The tiers that are switched off have no extents worth the name. */
function toExtents({
  id,
  performanceTier,
  capacityTier,
  archiveTier,
}: VeeamScaleOutRepository): FactRow<'scale_out_extent'>[] {
  const row = (repositoryId: string, tier: string, name = repositoryId, status: string[] = []) => ({
    extent_key: `${id} ${repositoryId}`,
    scale_out_repository_id: id,
    repository_id: repositoryId,
    name,
    tier,
    status,
  });
  const capacity = capacityTier?.isEnabled === false ? [] : (capacityTier?.extents ?? []);
  const archive = archiveTier?.isEnabled === false ? undefined : archiveTier?.extentId;
  return [
    ...(performanceTier?.performanceExtents ?? []).flatMap((extent) =>
      extent.id
        ? [
            row(
              extent.id,
              'Performance',
              extent.name,
              extent.status?.filter((one) => one !== undefined),
            ),
          ]
        : [],
    ),
    ...capacity.flatMap((extent) => (extent.id ? [row(extent.id, 'Capacity')] : [])),
    ...(archive ? [row(archive, 'Archive')] : []),
  ];
}
