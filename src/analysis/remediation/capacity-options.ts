import type { Case, RepositoryState } from './evidence.ts';
import { byId } from './lookup.ts';
import type { Effect, Option } from './rule.ts';

const expand: Option = {
  id: 'expand-repository',
  text: 'Add capacity: extend the volume or add an extent',
  steps: [
    'Order what the forecast asks for: get_capacity_forecast says how much.',
    'Extend the volume and its file system, or add a performance extent and rebalance.',
    'Rescan; look at the forecast a week later.',
  ],
  prerequisites: ['Budget and delivery inside the lead time', 'Maintenance window for the volume'],
  risks: ['A pool that is over-provisioned fills unseen', 'A new extent without affinity splits chains'],
  rollback: 'An extent can be evacuated; a volume is rarely made smaller.',
  verification: 'Days to 90 % on the pessimistic path are beyond the lead time.',
  hours: [3, 8],
  touches: ['adds-space'],
  effect: ({ id }) => ({ kind: 'changes', changes: [{ kind: 'expand_repository', repositoryId: id }] }),
};

const retention: Option = {
  id: 'shorten-retention',
  text: 'Shorten retention where more is kept than the business asks for',
  steps: [
    'Compare retention and GFS of each job with what was agreed.',
    'Change one job, let retention run, measure what came back.',
    'On block-cloned volumes count on less than the files say.',
  ],
  prerequisites: ['Written word of the data owners and of compliance', 'No legal hold, no open malware case'],
  risks: [
    'Restore points that are gone cannot be brought back',
    'Immutable points stay until their time is over, so the effect comes late',
  ],
  rollback: 'Set the former retention; what is deleted stays deleted.',
  verification: 'Days to 90 % on the pessimistic path are beyond the lead time.',
  hours: [2.5, 3],
  touches: ['deletes-points'],
  effect: freeing((repository) => repository.overRetainedBytes),
};

const reclaim: Option = {
  id: 'reclaim-orphaned',
  text: 'Delete backups that no job owns, and those of disabled jobs, after their owners agree',
  steps: [
    'Home > Backups > Disk (Orphaned): list by owner.',
    'Export or move what has to stay, delete the rest from disk.',
    'Rescan the repository.',
  ],
  prerequisites: ['Written word of the owners', 'No legal hold, no open malware case'],
  risks: ['Deleted restore points cannot be brought back'],
  rollback: 'None: export first what may be needed.',
  verification: 'Free space grew by what was expected.',
  hours: [2.5, 3],
  touches: ['deletes-points'],
  effect: freeing((repository) => sum(repository.orphanedBytes, repository.disabledJobBytes)),
};

const offload: Option = {
  id: 'offload-to-object-storage',
  text: 'Move older points to a capacity tier',
  steps: [
    'Add object storage as capacity tier of a scale-out repository.',
    'Move policy: points older than the operational restore window.',
    'Immutability in the bucket as on disk at least.',
  ],
  prerequisites: [
    'Object storage and line with room for the first offload',
    'Costs of requests and egress agreed',
  ],
  risks: [
    'Restores of moved points take longer and may cost egress',
    'Only closed chains move: active ones stay',
  ],
  rollback: 'Copy back to the performance tier, with time and egress.',
  verification: 'Use of the performance tier falls after the first offload.',
  hours: [4, 8],
  touches: ['moves-data'],
  effect: ({ id, repository }) =>
    repository?.isScaleOut || repository?.hasCapacityTier === false
      ? { kind: 'changes', changes: [{ kind: 'expand_repository', repositoryId: id, p95Within: 0.08 }] }
      : null,
};

const moveTopJob: Option = {
  id: 'move-largest-job',
  text: 'Send the job that grows most to a repository with room',
  steps: [
    'Move backup (version 12 and newer) to the other repository, or let the job start a new chain there.',
    'Compare its daily bytes with what the other one has to spare.',
  ],
  prerequisites: [
    'The other repository keeps its own lead time with this job',
    'Immutability there is not weaker',
  ],
  risks: ['Moving takes long and loads both', 'The other repository fills sooner'],
  rollback: 'Move it back.',
  verification: 'Growth of this repository falls, and the other one keeps more days than the lead time.',
  hours: [2.5, 6],
  touches: ['moves-data'],
  effect: moveEffect,
};

/** What helps a repository that fills, whatever fills it. */
export const CAPACITY_OPTIONS: readonly Option[] = [reclaim, retention, moveTopJob, offload, expand];

/** What freeing these bytes does, by the days that the present growth takes to fill them. */
function freeing(amount: (repository: RepositoryState) => number | null) {
  return ({ id, repository, hazard, facts }: Case): Effect | null => {
    const freed = repository ? amount(repository) : null;
    if (!repository?.capacityBytes || !repository.useBytes || !hazard || freed === null || freed <= 0)
      return null;
    const room = 0.95 * repository.capacityBytes - (repository.useBytes - freed);
    const needed = Math.max(0, repository.slopeBytesPerDay ?? 0) * Math.max(30, facts.leadTimeDays);
    // Twice the growth of the lead time is as safe as new space; less is worth its share of it.
    const covered = needed > 0 ? Math.min(1, Math.max(0, room / (2 * needed))) : room > 0 ? 1 : 0;
    const p95Within = hazard.q + (0.05 - hazard.q) * covered;
    return p95Within < hazard.q
      ? { kind: 'changes', changes: [{ kind: 'expand_repository', repositoryId: id, p95Within }] }
      : null;
  };
}

/** Only to a repository whose own risk is small, and only a job that is known. */
function moveEffect({ id, repository, facts }: Case): Effect | null {
  const job = byId(facts.risk).jobs.get(repository?.topJobId ?? '');
  if (!repository || !job || job.isDeleted || !repository.topJobBytes || !repository.grownBytes) return null;
  const share = repository.topJobBytes / repository.grownBytes;
  const hasRoom = [...facts.repositories.values()].some(
    (other) =>
      other.id !== id &&
      other.isOnline !== false &&
      other.isDated &&
      (other.early80 ?? 365) > 2 * facts.leadTimeDays,
  );
  if (share < 0.4 || !hasRoom) return null;
  const q = facts.assessment.items.find(({ key }) => key === `repository:${id}`)?.contributions[0]?.q ?? 0;
  const p95Within = q + (0.05 - q) * Math.min(1, share);
  return p95Within < q
    ? { kind: 'changes', changes: [{ kind: 'expand_repository', repositoryId: id, p95Within }] }
    : null;
}

/** Null where nothing is known. */
export function sum(...amounts: (number | null)[]): number | null {
  const known = amounts.filter((amount) => amount !== null);
  return known.length === 0 ? null : known.reduce((total, amount) => total + amount, 0);
}
