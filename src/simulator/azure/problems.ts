/** What Azure says when a backup fails. Codes of jobs are numbers. */
export type Problem = { code: number; title: string; text: string; recommendations: string[] };

const PROBLEMS: readonly Problem[] = [
  {
    code: 400001,
    title: 'Could not communicate with the VM agent for snapshot status',
    text: 'Snapshot could not be taken because the guest agent did not answer.',
    recommendations: [
      'Check that the VM agent is running and up to date.',
      'Check that the virtual machine has network access to 168.63.129.16.',
    ],
  },
  {
    code: 400239,
    title: 'Snapshot limit reached',
    text: 'The snapshot could not be taken since the limit of snapshots for a disk was reached.',
    recommendations: ['Delete disk snapshots that are not needed any more and retry the operation.'],
  },
  {
    code: 400052,
    title: 'VM is not in a state that allows backups',
    text: 'The virtual machine is in failed provisioning state.',
    recommendations: ['Bring the virtual machine into the Running or Stopped (deallocated) state.'],
  },
  {
    code: 400085,
    title: 'Temporary service issue',
    text: 'The operation failed because of an issue with the service.',
    recommendations: ['Retry the operation.'],
  },
];

export const PROBLEM_COUNT = PROBLEMS.length - 1;

export function problem(index: number): Problem {
  const found = PROBLEMS[index % PROBLEMS.length];
  if (!found) throw new RangeError('no problem of that number');
  return found;
}
