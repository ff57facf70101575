import { causeRule } from '../causes.ts';
import type { Rule } from '../rule.ts';

/** Trouble in or at the protected machine itself. */
export const GUEST_RULES: readonly Rule[] = [
  causeRule({
    id: 'gap.vss',
    title: 'Guest processing fails',
    cause: 'VSS',
    meaning: 'VSS writers or guest processing fail inside the machine',
    steps: [
      {
        text: 'In the guest: vssadmin list writers, and the application event log at the time of the run. Which writer, which state?',
        minutes: 20,
      },
      {
        text: 'vssadmin list providers and list shadows: a second backup product, full shadow storage, less than 10 % free on a volume?',
        minutes: 20,
      },
      {
        text: 'Guest credentials: Test Now in the job; admin share or the persistent agent reachable?',
        minutes: 15,
      },
    ],
    options: [
      {
        id: 'restart-writer',
        text: 'Restart the service of the failed writer, or the machine in a window',
        steps: [
          'SQL: SQL Server VSS Writer; Exchange: Information Store; system: Cryptographic Services. Restart that service only.',
          'If the state stays failed: reboot in a window.',
          'Run the job for this machine alone.',
        ],
        prerequisites: ['Consent of the owner of the application', 'Maintenance window'],
        risks: ['The application is away for the restart'],
        rollback: 'None needed.',
        verification: 'vssadmin list writers shows stable, and the run is application-consistent.',
        hours: [0.5, 2],
      },
      {
        id: 'free-shadow-storage',
        text: 'Give the volume room and its shadow storage a limit that fits',
        steps: [
          'Free space on the volume to 10 % at least.',
          'vssadmin resize shadowstorage, with the owner of the machine.',
          'Run the job for this machine alone.',
        ],
        prerequisites: ['Consent of the owner'],
        risks: ['A smaller shadow storage deletes previous versions on that volume'],
        rollback: 'Set the former limit; deleted previous versions do not come back.',
        verification: 'The run is application-consistent for three nights.',
        hours: [0.5, 1.5],
      },
    ],
  }),
  causeRule({
    id: 'gap.snapshot',
    title: 'Snapshots fail',
    cause: 'SNAPSHOT',
    meaning: 'The snapshot, its removal or changed block tracking fails on the hypervisor',
    steps: [
      {
        text: 'Snapshots and "consolidation needed" of the machine in vCenter; checkpoints in Hyper-V.',
        minutes: 15,
      },
      {
        text: 'Free space of the datastore; other products that hold a snapshot; disks that cannot be part of one (shared, independent).',
        minutes: 20,
      },
      { text: 'Events of the hypervisor at the time; load of the storage during removal.', minutes: 20 },
    ],
    options: [
      {
        id: 'consolidate',
        text: 'Consolidate leftover snapshots and run again',
        steps: [
          'Detach a disk that an aborted task left on a proxy first.',
          'Consolidate in a quiet hour; large chains take hours.',
          'Run the job for this machine alone.',
        ],
        prerequisites: ['Free space on the datastore for the consolidation', 'Quiet hour'],
        risks: [
          'The machine stalls while the last snapshot is removed',
          'A full datastore stops all machines on it',
        ],
        rollback: 'A consolidation cannot be undone; a current backup has to exist.',
        verification: 'No snapshot is left after the next run.',
        hours: [0.5, 3],
      },
      {
        id: 'reset-cbt',
        text: 'Reset changed block tracking of the machine',
        steps: [
          'Set ctkEnabled to false for machine and disks, take and remove a snapshot, set it back; powered off or with a snapshot cycle.',
          'The next run reads the whole disk.',
        ],
        prerequisites: ['No snapshot on the machine'],
        risks: ['One long run, which may not fit the window'],
        rollback: 'None needed: tracking begins anew.',
        verification: 'The second run after it is incremental and of the usual size.',
        hours: [0.5, 1.5],
      },
    ],
  }),
  causeRule({
    id: 'gap.object-missing',
    title: 'The job looks for what is no longer there',
    cause: 'OBJECT_NOT_FOUND',
    meaning: 'A machine, folder, tag or database of the job was moved, renamed or deleted',
    steps: [
      {
        text: 'Which object? Was it deleted, moved to another host or recreated under a new id?',
        minutes: 15,
      },
      {
        text: 'Is it protected by another job? Ask the owner whether its backups are still wanted.',
        minutes: 20,
      },
    ],
    options: [
      {
        id: 'mend-object-list',
        text: 'Mend the object list: remove what is gone, add what was recreated, by tag or folder where that fits',
        steps: [
          'Job > Virtual Machines or Objects: remove or choose the new object.',
          'Prefer tags or folders, so that new machines are found by themselves.',
          'Keep the old backups as long as their owner says.',
        ],
        prerequisites: ['Word of the owner'],
        risks: ['A recreated machine starts a new chain with a full backup'],
        rollback: 'Add the object again.',
        verification: 'The job runs without the warning, and the machine has a new point.',
        hours: [0.5, 1.5],
      },
    ],
  }),
  causeRule({
    id: 'gap.locked',
    title: 'Another task holds what the job needs',
    cause: 'LOCKED',
    meaning: 'Jobs, copies, merges or restores use the same machine or file at the same time',
    steps: [
      {
        text: 'What holds it: a copy job, a merge, SureBackup, a mounted restore, the antivirus of the repository host?',
        minutes: 20,
      },
      { text: 'Overlay of the schedules at the time of the failure.', minutes: 15 },
    ],
    options: [
      {
        id: 'untangle-schedules',
        text: 'Move one of the two, end forgotten mounts, and except backup files from the antivirus',
        steps: [
          'Unmount restores that nobody uses.',
          'Shift or chain the job; one job per machine at a time.',
          'Except the repository folder and Veeam processes from on-access scans.',
        ],
        prerequisites: ['The other task is known'],
        risks: ['An unmount ends the work of somebody: ask first'],
        rollback: 'Set the former schedule.',
        verification: 'Three runs without a lock.',
        hours: [0.5, 2],
      },
    ],
  }),
];
