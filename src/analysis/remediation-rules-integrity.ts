import type { AnomalyState, Case } from './remediation-evidence.ts';
import {
  bytes,
  cites,
  type Effect,
  type MetricSpec,
  type Option,
  type Rule,
  type Step,
  say,
} from './remediation-rule.ts';
import type { Signal, SignalKind } from './risk-signals.ts';

const SCOPES = ['workload', 'repository', 'estate'] as const;

const ISOLATE: readonly Step[] = [
  {
    text: 'Tell the security team. Until they decide: delete nothing, merge nothing, restore nothing into production.',
    minutes: 10,
  },
  {
    text: 'Inventory > Malware Detection and the file activity of the machine: what changed between the last normal and the first odd point?',
    minutes: 30,
  },
  {
    text: 'Ask the owner: new encryption, database maintenance, migration, deduplicated or compressed data?',
    minutes: 20,
  },
];

const cleanPoint: Option = {
  id: 'isolate-and-verify-clean-point',
  text: 'Isolate the machine, keep all points, and find and verify the newest clean one',
  steps: [
    'With the owner: take the machine off the network; leave it powered on if forensics wants that.',
    'Stop retention for its backups: disable the job, or extend immutability where the repository allows it.',
    'Scan Backup (antivirus and YARA) from the newest point backwards; mark what is infected.',
    'Secure Restore of the newest clean point into an isolated network, and let the owner look at it.',
    'When the case is closed: mark the machine as clean and take a new scanned point.',
  ],
  prerequisites: ['Security team informed', 'Isolated network', 'Space to keep all points'],
  risks: ['Retention deletes clean points while the case is open', 'An infected restore infects again'],
  rollback: 'Reconnect the machine. No point is deleted by this plan.',
  verification: 'The newest point was scanned and is clean, and no signal is open.',
  hours: [2, 6],
  effect: cleanAll,
};

const explained: Option = {
  id: 'close-explained-anomaly',
  text: 'If the owner explains the change: record it, scan one point, and close it',
  steps: [
    'Write down who explained it and how.',
    'Scan Backup of the newest point.',
    'Mark the event as false positive only if the scan is clean.',
  ],
  prerequisites: ['An explanation that fits size and time of the change', 'A clean scan'],
  risks: ['A plausible story and a real attack do not exclude each other'],
  rollback: 'Open the case again.',
  verification: 'The newest point is scanned and clean, and the signal is closed.',
  hours: [1, 2],
  // What it removes depends on the explanation, so it never comes before looking.
  effect: (of) => (isMalware(of) ? null : { kind: 'unscored' }),
};

/** Signs that restore points are damaged, poisoned or under attack. Nothing here deletes a point. */
export const INTEGRITY_RULES: readonly Rule[] = [
  signalRule('integrity.infected', 'MALWARE_INFECTED', 'Malware was found', 0.97, ISOLATE, [cleanPoint]),
  signalRule('integrity.suspicious', 'MALWARE_SUSPICIOUS', 'Malware is suspected', 0.85, ISOLATE, [
    cleanPoint,
    explained,
  ]),
  signalRule('integrity.entropy', 'ENTROPY_SUSPECT', 'Data change and reduce as if encrypted', 0.8, ISOLATE, [
    cleanPoint,
    explained,
  ]),
  signalRule('integrity.reduction-drop', 'REDUCTION_DROP', 'Data suddenly reduce worse', 0.6, ISOLATE, [
    explained,
    cleanPoint,
  ]),
  signalRule(
    'integrity.volume-collapse',
    'VOLUME_COLLAPSE',
    'Far less data than usual was read',
    0.6,
    [
      { text: 'Was a disk removed, excluded or emptied; was a machine recreated?', minutes: 20 },
      {
        text: 'Compare files and databases in the newest point with one from before, by a file-level mount.',
        minutes: 30,
      },
    ],
    [
      {
        id: 'verify-content',
        text: 'Mount the newest point and compare it with one from before the change',
        steps: [
          'Guest Files restore of both points, read-only; compare folders and sizes with the owner.',
          'If data are missing: keep the older points and restore what is missing.',
          'Mend the disk list of the job if a disk was left out.',
        ],
        prerequisites: ['Somebody who knows the content'],
        risks: ['Retention deletes the last full content while nobody looks'],
        rollback: 'None needed: mounts are read-only.',
        verification: 'Size is back to usual, or the owner confirmed the change and a scan is clean.',
        hours: [1, 3],
        effect: cleanAll,
      },
    ],
  ),
  signalRule(
    'integrity.corrupted-point',
    'POINT_CORRUPTED',
    'The newest restore point is damaged',
    0.95,
    [
      { text: 'Veeam.Backup.Validator.exe on the chain: from which file on is it damaged?', minutes: 40 },
      { text: 'Disk, RAID and memory events of the repository host.', minutes: 30 },
    ],
    [
      {
        id: 'new-chain',
        text: 'Active full into a new chain, keep the old one until the new one is verified',
        steps: [
          'Active Full of the job.',
          'SureBackup or test restore of the new full.',
          'Health check weekly from now on.',
        ],
        prerequisites: ['Room for a full backup', 'Hardware cause found or ruled out'],
        risks: ['Failing hardware damages the new chain as well'],
        rollback: 'The old chain stays.',
        verification: 'Health check and a restore of the new chain succeed.',
        hours: [2, 5],
        effect: cleanAll,
      },
    ],
  ),
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

function signalRule(
  id: string,
  kind: SignalKind,
  title: string,
  weight: number,
  steps: readonly Step[],
  options: readonly Option[],
): Rule {
  return {
    id,
    type: 'integrity',
    scopes: SCOPES,
    title,
    when: (of) =>
      signalsOf(of).some((signal) => signal.kind === kind) || isStatus(of, kind) ? weight : null,
    hypothesis: (of) => hypothesis(of, kind, title),
    steps,
    options,
    verify: ({ subject }) => verify(kind, subject.workloadIds.length > 0),
  };
}

function verify(kind: SignalKind, hasWorkload: boolean): MetricSpec[] {
  const closed: MetricSpec = { metric: `open_signals:${kind}`, op: '<=', target: 0, windowHours: 48 };
  return hasWorkload
    ? [closed, { metric: 'newest_point_clean', op: '>=', target: 1, windowHours: 48 }]
    : [closed];
}

function isMalware(of: Case): boolean {
  return (
    isStatus(of, 'MALWARE_INFECTED') ||
    isStatus(of, 'MALWARE_SUSPICIOUS') ||
    signalsOf(of).some(({ kind }) => kind === 'MALWARE_INFECTED' || kind === 'MALWARE_SUSPICIOUS')
  );
}

/** Signals of the item itself. */
function signalsOf({ scope, id, facts: { risk } }: Case): readonly Signal[] {
  if (scope === 'estate') return risk.signals;
  if (scope === 'repository') return risk.repositories.find((each) => each.id === id)?.signals ?? [];
  return risk.workloads.find((each) => each.id === id)?.integrity?.signals ?? [];
}

function isStatus({ scope, id, facts: { risk } }: Case, kind: SignalKind): boolean {
  if (scope !== 'workload') return false;
  const status = risk.workloads.find((each) => each.id === id)?.integrity?.newestPointStatus;
  return (
    (status === 'INFECTED' && kind === 'MALWARE_INFECTED') ||
    (status === 'SUSPICIOUS' && kind === 'MALWARE_SUSPICIOUS') ||
    (status === 'CORRUPTED' && kind === 'POINT_CORRUPTED')
  );
}

function hypothesis(of: Case, kind: SignalKind, title: string) {
  const signals = signalsOf(of).filter((signal) => signal.kind === kind);
  const anomaly = of.anomalies.find(({ type }) => type === kind) ?? null;
  const seen = signals.map(({ ref, at }) => ({
    source: ref.table,
    id: ref.id,
    field: 'kind',
    value: kind,
    asOf: at,
  }));
  const times =
    signals.length > 0 ? `, ${say(signals.length)} ${signals.length === 1 ? 'sign' : 'signs'} open` : '';
  return {
    text: `${title}${times}.${anomaly ? sizes(anomaly) : ''}`,
    cites: [
      ...seen.slice(0, 10),
      ...cites(anomaly, 'type', 'factor', 'usualFactor', 'dataBytes', 'usualBytes', 'score'),
    ],
  };
}

function sizes({ factor, usualFactor, dataBytes, usualBytes }: AnomalyState): string {
  const read =
    dataBytes !== null && usualBytes !== null
      ? ` ${bytes(dataBytes)} were read, usual are ${bytes(usualBytes)}.`
      : '';
  const reduced =
    factor !== null && usualFactor !== null
      ? ` They reduce by ${say(factor)}, usual is ${say(usualFactor)}.`
      : '';
  return read + reduced;
}

/** As after a scanned clean point of each workload the case is about. */
function cleanAll({ scope, id, hazard }: Case): Effect | null {
  if (scope === 'workload') return { kind: 'changes', changes: [{ kind: 'clean_point', workloadId: id }] };
  return hazard && hazard.q > 0.02 ? { kind: 'hazard', q: 0.02 } : null;
}
