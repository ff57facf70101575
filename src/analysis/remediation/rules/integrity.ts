import type { Option, Rule, Step } from '../rule.ts';
import { cleanAll, isMalware, signalRule } from '../signals.ts';

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
];
