import { defineCollection } from '../../src/pipeline/collect.ts';
import { ensurePartitions } from '../../src/pipeline/partitions.ts';
import {
  listRepositories,
  listRepositoryStates,
  type VeeamRepository,
  type VeeamRepositoryState,
} from '../../src/veeam/repositories.ts';
import type { VeeamSource } from '../veeam-source.ts';
import { type Context, type FactRow, gibToBytes, markVanished, storeFacts } from './facts.ts';
import { hasLimit, storeSamples, toSample } from './samples.ts';

const seen = new WeakMap<Context, Set<string>>();

/** How full each repository is now: a sample that is kept, and what the repository is, which seldom changes. */
export const repositoryStates = defineCollection<VeeamSource, VeeamRepositoryState, VeeamRepositoryState>(
  'capacity',
  {
    endpoint: 'repositories/states',
    optional: false,
    extract: async function* (context, _since, reading) {
      seen.set(context, new Set());
      for await (const { items } of listRepositoryStates(context.source.client, reading))
        yield { rows: items };
    },
    transform: (states) => states,
    prepare: (_states, { db, sourceNow }) => ensurePartitions(db, 'repository_sample', [sourceNow]),
    load: async (trx, states, context) => {
      for (const { id } of states) seen.get(context)?.add(id);
      const changed = await storeFacts(trx, 'repository', 'repository_id', states.map(toRepository), context);
      return (
        changed +
        (await storeSamples(
          trx,
          states.map((state) => toSample(state, context)),
        ))
      );
    },
    finish: async (trx, context) => {
      await markVanished(trx, 'repository', 'repository_id', context, seen.get(context) ?? []);
    },
  },
);

function toRepository(state: VeeamRepositoryState) {
  const { scaleOutRepositoryDetails: scaleOut } = state;
  return {
    repository_id: state.id,
    name: state.name ?? state.id,
    type: state.type ?? 'Unknown',
    description: state.description ?? null,
    host_id: state.hostId ?? null,
    host_name: state.hostName ?? null,
    path: state.path ?? null,
    is_online: state.isOnline ?? null,
    is_out_of_date: state.isOutOfDate ?? null,
    has_limit: state.isOnline === false ? null : hasLimit(gibToBytes(state.capacityGB), state.type),
    scale_out_repository_id: scaleOut?.scaleOutRepositoryId ?? null,
    scale_out_name: scaleOut?.membership ?? null,
    extent_type: scaleOut?.extentType ?? null,
  };
}

/** How the repositories are set up. Up to rev1 the API describes no deduplicating appliances: theirs stays unknown. */
export const repositoryDefinitions = defineCollection<VeeamSource, VeeamRepository, FactRow<'repository'>>(
  'capacity',
  {
    endpoint: 'repositories',
    optional: true,
    extract: async function* ({ source }, _since, reading) {
      for await (const { items } of listRepositories(source.client, reading)) yield { rows: items };
    },
    transform: (repositories) => repositories.map(toDefinition),
    load: (trx, rows, context) =>
      storeFacts(trx, 'repository', 'repository_id', rows, context, ['name', 'type', 'vanished_at']),
  },
);

const LIMIT_UNITS: Record<string, number> = { TB: 2 ** 40, PB: 2 ** 50 };

function toDefinition(one: VeeamRepository): FactRow<'repository'> {
  const { repository } = one;
  const limit = (one.bucket ?? one.container)?.storageConsumptionLimit;
  const unit = LIMIT_UNITS[limit?.consumptionLimitKind?.toUpperCase() ?? ''];
  const bytes = limit?.isEnabled && unit ? (limit.consumptionLimitCount ?? 0) * unit : 0;
  return {
    repository_id: one.id,
    name: one.name ?? one.id,
    type: one.type ?? 'Unknown',
    immutable_days: immutableDays(one),
    task_limit: repository?.taskLimitEnabled === false ? null : (repository?.maxTaskCount ?? null),
    uses_fast_clone: repository?.useFastCloningOnXFSVolumes ?? null,
    consumption_limit_bytes: bytes > 0 && Number.isSafeInteger(bytes) ? bytes : null,
  };
}

/** 0 where the definition names none: then nothing is immutable. null: as long as each job's retention, so no number. */
function immutableDays({ repository, bucket, container }: VeeamRepository): number | null {
  const settings = [repository?.immutability, bucket?.immutability, container?.immutability];
  const enabled = settings.flatMap((one) => (one?.isEnabled ? [one] : []));
  if (enabled.some((one) => one.daysCount === undefined || isByRetention(one))) return null;
  const governed = repository?.enableGovernanceMode ? (repository.governanceModeRetentionDays ?? 0) : 0;
  const days = enabled.map(({ daysCount }) => daysCount ?? 0);
  return Math.max(repository?.makeRecentBackupsImmutableDays ?? 0, governed, ...days);
}

const isByRetention = (settings: {
  isEnabled?: boolean | undefined;
  immutabilityMode?: string | undefined;
}) => settings.immutabilityMode?.toLowerCase() === 'retentionsettings';
