import type { Case, WorkloadState } from './evidence.ts';
import type { Effect, Option } from './rule.ts';

/** One full restore, timed. */
export const restoreTest: Option = {
  id: 'restore-test',
  text: 'Restore it once in full into an isolated network and take the time',
  steps: [
    'Entire VM or machine restore of the newest point to another location, not connected.',
    'Note start, ready time and what had to be done by hand.',
    'Let the owner of the application confirm that it works, then delete the copy.',
  ],
  prerequisites: [
    'Host and datastore with room',
    'Isolated network',
    'The owner of the application is there',
  ],
  risks: ['A copy that gets into the production network causes address and directory conflicts'],
  rollback: 'Delete the restored copy.',
  verification: 'The restore ended with success inside the RTO and is in the history.',
  hours: [2, 3],
  effect: tested(1),
};

/** Five verifications, a week apart. */
export const sureBackup: Option = {
  id: 'surebackup',
  text: 'Put it into a SureBackup job that runs every week',
  steps: [
    'Application group or linked job, virtual lab with isolated network.',
    'Heartbeat, ping and an application test; content scan at the same time.',
    'Look at the first five results.',
  ],
  prerequisites: [
    'Virtual lab',
    'Licence edition with SureBackup, or the light mode for agents and other platforms',
  ],
  risks: [
    'A lab without enough memory gives false failures',
    'It proves the start, not the time of a full restore',
  ],
  rollback: 'Disable the SureBackup job.',
  verification: 'Five verifications in a row ended with success.',
  hours: [3, 4],
  effect: tested(5),
};

/**
 * As after so many passed tests of every workload of the case. Where a restore is expected to miss the RTO a test removes
 * doubt, not risk: it would pass only by breaking what is expected.
 */
export function tested(passes: number) {
  return ({ subject: { workloadIds }, facts }: Case): Effect | null => {
    const slow = new Set(workloadIds.filter((id) => isTooSlow(facts.workloads.get(id))));
    const inTime = workloadIds.filter((id) => !slow.has(id));
    const [workloadId] = inTime;
    if (workloadId === undefined) return workloadIds.length > 0 ? { kind: 'doubt' } : null;
    return inTime.length === 1
      ? { kind: 'changes', changes: [{ kind: 'pass_restore_test', workloadId, passes }] }
      : { kind: 'changes', changes: [{ kind: 'pass_surebackup', workloadIds: inTime, passes }] };
  };
}

export function isTooSlow(workload: WorkloadState | null | undefined): boolean {
  const expected = workload ? minutesExpected(workload) : null;
  return expected !== null && expected > (workload?.rtoTargetMinutes ?? Number.POSITIVE_INFINITY);
}

/** A way that is quick enough, tested once: no better than what one passed test shows. */
export function quick({ hazard }: Case): Effect | null {
  return hazard && hazard.q > 0.33 ? { kind: 'hazard', q: 0.33 } : null;
}

export function minutesExpected({
  q90Minutes,
  sizeBytes,
  gibPerMinute,
  overheadMinutes,
}: WorkloadState): number | null {
  if (q90Minutes !== null) return q90Minutes;
  if (sizeBytes === null || !gibPerMinute) return null;
  return (overheadMinutes ?? 0) + sizeBytes / 2 ** 30 / gibPerMinute;
}
