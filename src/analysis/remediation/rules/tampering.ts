import { cites, type Rule } from '../rule.ts';
import { cleanAll, signalRule } from '../signals.ts';

/** Signs of somebody who wants backups out of the way. Nothing here deletes a point. */
export const TAMPERING_RULES: readonly Rule[] = [
  signalRule(
    'integrity.detection-weakened',
    'MALWARE_DETECTION_WEAKENED',
    'Malware detection was switched off or weakened',
    0.9,
    [
      {
        text: 'Who changed it, when, from where? Menu > History > System, and the audit of the directory.',
        minutes: 30,
      },
    ],
    [
      {
        id: 'restore-detection',
        text: 'Switch detection on again and scan what was written meanwhile',
        steps: [
          'Menu > Malware Detection Settings: inline scan, index scan and signatures as before.',
          'Scan Backup of the points since the change.',
          'If nobody owns the change: treat the account as compromised.',
        ],
        prerequisites: ['The former settings are known'],
        risks: ['Scanning costs processor time in the window'],
        rollback: 'The settings can be changed at any time.',
        verification: 'Detection is on, and points since the change are clean.',
        hours: [1, 3],
        effect: () => ({
          kind: 'changes',
          changes: [{ kind: 'clear_signal', signal: 'MALWARE_DETECTION_WEAKENED' }],
        }),
      },
    ],
  ),
  signalRule(
    'integrity.immutability-weakened',
    'IMMUTABILITY_WEAKENED',
    'Immutability was switched off or shortened',
    0.9,
    [{ text: 'Who changed it and why? Are the points that exist still locked?', minutes: 30 }],
    [
      {
        id: 'restore-immutability',
        text: 'Set immutability back to what it was',
        steps: [
          'Repository > properties: the former days, at least as long as it takes to notice an attack.',
          'Object storage: lock of the bucket and its default retention.',
          'Time of the host from a source that the backup administrator cannot set.',
        ],
        prerequisites: ['Room for points that stay longer'],
        risks: ['Longer locks hold space, and wrong ones cannot be taken back'],
        rollback: 'New points can get a shorter lock; existing ones keep theirs.',
        verification: 'The repository shows the former days of immutability.',
        hours: [0.5, 2],
        effect: ({ id, scope }) =>
          scope === 'repository'
            ? { kind: 'changes', changes: [{ kind: 'enable_immutability', repositoryId: id }] }
            : null,
      },
    ],
  ),
  signalRule(
    'integrity.four-eyes',
    'FOUR_EYES_FAILED',
    'A request that needs two administrators was refused or ran out',
    0.7,
    [
      {
        text: 'Who asked for what, and who refused? Home > Pending approvals, authorization events.',
        minutes: 30,
      },
    ],
    [
      {
        id: 'clear-up-request',
        text: 'Clear up the request with both administrators',
        steps: [
          'Ask the account owner in person, not by the account.',
          'If nobody asked: disable the account, change its password and the recovery keys, look for other actions of it.',
        ],
        prerequisites: ['Both administrators can be reached'],
        risks: ['A stolen account tries again'],
        rollback: 'Enable the account again.',
        verification: 'No refused or expired request for seven days.',
        hours: [1, 3],
        effect: () => ({ kind: 'changes', changes: [{ kind: 'clear_signal', signal: 'FOUR_EYES_FAILED' }] }),
      },
    ],
  ),
  signalRule(
    'integrity.mass-deletion',
    'MASS_DELETION',
    'Many restore points were deleted at once',
    0.92,
    [
      {
        text: 'Who deleted, by console, by retention or on the storage itself? Tell the security team if nobody owns it.',
        minutes: 30,
      },
      {
        text: 'What is left per workload: copies, tapes, object storage, snapshots of the storage?',
        minutes: 45,
      },
    ],
    [
      {
        id: 'save-what-is-left',
        text: 'Save what is left, then make new full backups to immutable storage',
        steps: [
          'Recover deleted files by snapshots or versions of the storage where they exist.',
          'Import what was saved; run active fulls of what has no chain.',
          'Two-person approval for deletion from now on.',
        ],
        prerequisites: ['Access to storage snapshots or copies'],
        risks: ['Writing to the volume overwrites what could still be recovered'],
        rollback: 'None needed.',
        verification: 'Each affected workload has a new point, and a scan of it is clean.',
        hours: [4, 12],
        effect: cleanAll,
      },
    ],
  ),
  {
    id: 'integrity.immutability-missing',
    type: 'integrity',
    scopes: ['repository', 'workload'],
    title: 'Nothing there is immutable while something is suspected',
    when: ({ repository, hazard }) =>
      repository?.immutableDays === 0 && (hazard?.q ?? 0) >= 0.15 ? 0.4 : null,
    hypothesis: ({ repository }) => ({
      text: 'The repository is not immutable: whoever gets the backup account can delete all points.',
      cites: cites(repository, 'immutableDays', 'type'),
    }),
    steps: [
      {
        text: 'Can the repository be immutable: hardened Linux repository, object storage with lock, or an appliance?',
        minutes: 30,
      },
    ],
    options: [
      {
        id: 'immutable-copy',
        text: 'Add an immutable copy: hardened repository, or object storage with a lock',
        steps: [
          'Linux server with XFS, single-use credentials, no SSH afterwards; or a bucket with Object Lock.',
          'Lock at least as long as it takes to notice an attack, 14 days or more.',
          'Copy job or capacity tier with copy mode to it.',
        ],
        prerequisites: ['Room for the copy', 'Account that the backup administrators do not own'],
        risks: ['Wrong locks cannot be taken back'],
        rollback: 'The copy can be stopped; locked points stay until their time is over.',
        verification: 'The copy has points, and they show an immutable-until date.',
        hours: [6, 16],
        effect: () => ({ kind: 'unscored' }),
      },
    ],
    verify: () => [{ metric: 'immutable_days', op: '>=', target: 7, windowHours: 24 }],
  },
];
