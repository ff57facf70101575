import {
  causeHypothesis,
  causeRule,
  causeWeight,
  citesOfIncident,
  citesOfJob,
  failingJobs,
  fixJobs,
  runsAgain,
} from '../causes.ts';
import type { Case } from '../evidence.ts';
import { bytes, cites, percent, type Rule } from '../rule.ts';

/** Jobs that have no place to write to, or cannot use what they wrote. */
export const STORAGE_RULES: readonly Rule[] = [
  {
    id: 'gap.repository-full',
    type: 'gap',
    scopes: ['job', 'incident', 'workload'],
    title: 'The repository has no room for the next run',
    when: (of) => causeWeight(of, 'STORAGE_FULL'),
    hypothesis: (of) => {
      const { repository } = of;
      const base = causeHypothesis(of, 'STORAGE_FULL', 'The repository is full');
      if (!repository) return base;
      const text = `${base.text} ${percent(repository.useShare)} of ${bytes(repository.capacityBytes)} are used.`;
      return { text, cites: [...base.cites, ...cites(repository, 'useShare', 'capacityBytes', 'early90')] };
    },
    steps: [
      {
        text: 'Compare free space of the volume with the size of the next full and increment of the job.',
        minutes: 15,
      },
      { text: 'Look at quotas, reserved space, snapshots of the volume and other data on it.', minutes: 20 },
      {
        text: 'See what could go: backups without a job, of disabled jobs, older than the retention says.',
        minutes: 25,
      },
    ],
    options: [
      {
        id: 'free-orphaned',
        text: 'Delete backups that no job owns any more',
        steps: [
          'Home > Backups > Disk (Orphaned): ask the owner of each machine.',
          'Delete from disk; on block-cloned volumes the space may come back only in part.',
        ],
        prerequisites: [
          'Written consent of the owners',
          'No legal hold and no open malware case on these backups',
        ],
        risks: ['Deleted restore points cannot be brought back'],
        rollback: 'None: export what may be needed first.',
        verification: 'Free space grew and the job runs.',
        hours: [1, 3],
        touches: ['deletes-points'],
        effect: (of) => ((of.repository?.orphanedBytes ?? 0) > 0 ? fixJobs(of) : null),
      },
      {
        id: 'add-space-for-job',
        text: 'Give the repository more space, then run the job',
        steps: [
          'Extend the volume, or add an extent to the scale-out repository.',
          'Rescan the repository, start the job by hand.',
        ],
        prerequisites: ['Storage is there or ordered'],
        risks: ['A volume that shares a pool may fill the pool instead'],
        rollback: 'An extent can be evacuated; a volume is rarely made smaller.',
        verification: 'The job ends with Success or Warning.',
        hours: [1, 8],
        touches: ['adds-space'],
        effect: fixJobs,
      },
    ],
    verify: (of) => [
      ...runsAgain(of),
      { metric: 'early_90', op: '>=', target: of.facts.leadTimeDays, windowHours: 72 },
    ],
  },
  {
    id: 'gap.repository-offline',
    type: 'gap',
    scopes: ['job', 'incident', 'workload'],
    title: 'The repository cannot be reached',
    when: (of) => {
      const said = causeWeight(of, 'REPOSITORY_OFFLINE');
      const isOff = of.repository?.isOnline === false && failingJobs(of).length > 0;
      const isSuspect = of.incident?.suspectKind === 'repository' ? 0.8 : 0;
      const weight = Math.max(said ?? 0, isOff ? 0.85 : 0, said === null ? 0 : isSuspect);
      return weight > 0 ? weight : null;
    },
    hypothesis: (of) => {
      const base = causeHypothesis(of, 'REPOSITORY_OFFLINE', 'The repository or its host does not answer');
      return { text: base.text, cites: [...base.cites, ...cites(of.repository, 'isOnline', 'quality')] };
    },
    steps: [
      {
        text: 'Is the host up, is the volume mounted and writable, is the share reachable from gateway and mount server?',
        minutes: 20,
      },
      {
        text: 'Services: Veeam Data Mover (port 6162), Installer (6160), on Linux SSH or certificate; ports 2500 to 3300 for data.',
        minutes: 20,
      },
      { text: 'Is the extent in maintenance or sealed mode?', minutes: 5 },
    ],
    options: [
      {
        id: 'bring-repository-back',
        text: 'Bring the host, the mount or the share back and rescan the repository',
        steps: [
          'Mount the volume or start the service on the host.',
          'Backup Infrastructure > Backup Repositories: Rescan.',
          'Take an extent out of maintenance if nobody works on it.',
          'Start one failed job by hand.',
        ],
        prerequisites: ['The volume is healthy: check the file system before it is mounted for writing'],
        risks: ['An unchecked file system can damage chains further'],
        rollback: 'Put the extent into maintenance mode again.',
        verification: 'The repository is online, and the job runs.',
        hours: [0.5, 3],
        effect: fixJobs,
      },
      {
        id: 'send-jobs-elsewhere',
        text: 'Send the next backups to another repository until this one is back',
        steps: [
          'Job > Storage: choose a repository with room; the first run is a full backup.',
          'Leave the old chain where it is, and map it again later.',
        ],
        prerequisites: ['Room for full backups of these jobs elsewhere'],
        risks: ['Full backups load source and network', 'Two chains until retention of the first is over'],
        rollback: 'Set the former repository and map the existing backup.',
        verification: 'The job has a new full backup in the other place.',
        hours: [1, 4],
        touches: ['moves-data'],
        effect: fixJobs,
      },
    ],
    verify: (of) => [...runsAgain(of), ...(of.subject.repositoryIds.length > 0 ? [online] : [])],
  },
  causeRule({
    id: 'gap.corrupt-chain',
    title: 'The chain is damaged',
    cause: 'CORRUPTION',
    meaning:
      'The runs meet a damaged file of their own chain, or storage that returns other data than was written',
    steps: [
      {
        text: 'Which file does the session name? Run Veeam.Backup.Validator.exe on the backup, on its own host.',
        minutes: 40,
      },
      { text: 'Look at RAID, disk and memory events of the repository host at that time.', minutes: 30 },
    ],
    options: [
      {
        id: 'active-full',
        text: 'Start a new chain with an active full backup, and keep the damaged one until the new one is verified',
        steps: [
          'Right-click the job > Active Full.',
          'Switch storage-level corruption guard (health check) on, weekly.',
          'Verify the new full by a restore or SureBackup before the old chain goes.',
        ],
        prerequisites: ['Space for another full', 'The cause in the hardware is found or ruled out'],
        risks: [
          'On failing hardware the new chain is damaged as well',
          'Load on the source for the time of a full',
        ],
        rollback: 'The old chain stays; nothing is deleted.',
        verification: 'Health check of the new chain finds nothing.',
        hours: [1.5, 4],
      },
    ],
  }),
  causeRule({
    id: 'gap.configuration',
    title: 'Settings do not fit',
    cause: 'CONFIGURATION',
    meaning: 'Something is configured in a way that is not supported, or a component has another version',
    steps: [
      {
        text: 'Read what is said to be unsupported or mismatched; compare with what was changed or updated before the first failure.',
        minutes: 30,
      },
      { text: 'Backup Infrastructure: components marked as out of date.', minutes: 10 },
    ],
    options: [
      {
        id: 'update-components',
        text: 'Update components that are out of date, and undo the setting that does not fit',
        steps: [
          'Menu > Upgrade components, outside the backup window.',
          'Undo or mend the setting, start the job by hand.',
        ],
        prerequisites: ['Backup of the configuration', 'Maintenance window'],
        risks: ['An update restarts services and may need a reboot of the host'],
        rollback: 'Set the former value; components are not taken back.',
        verification: 'No component is out of date, and the job runs.',
        hours: [1, 3],
      },
    ],
  }),
  {
    id: 'gap.unnamed-failure',
    type: 'gap',
    scopes: ['job', 'incident', 'workload'],
    title: 'Runs fail for a reason that is not classified',
    when: (of) => (failingJobs(of).length > 0 && !isExplained(of) ? 0.3 : null),
    hypothesis: (of) => ({
      text: `${failingJobs(of).length} jobs fail, and their messages name no cause that is known here.`,
      cites: [...citesOfIncident(of), ...failingJobs(of).slice(0, 5).flatMap(citesOfJob)],
    }),
    steps: [
      { text: 'Configuration and retries of the job: what differs from jobs that run?', minutes: 15 },
      {
        text: 'Read the whole log of the failed session, of the job and of the task; compare with the last good one.',
        minutes: 30,
      },
      { text: 'Hosts, network and storage at the times of the failures.', minutes: 45 },
    ],
    options: [
      {
        id: 'mend-what-the-log-names',
        text: 'Remove the cause that the log names, then run the job by hand',
        steps: [
          'Export logs (Menu > Help > Support Information) and open a case with the vendor if the message is not clear.',
          'Change one thing at a time and run the job by hand after each.',
        ],
        prerequisites: ['The three steps of the investigation'],
        risks: ['Several changes at once hide which one helped'],
        rollback: 'Undo the change.',
        verification: 'Three runs in a row end with Success or Warning.',
        hours: [1.5, 4],
        effect: fixJobs,
      },
    ],
    verify: runsAgain,
  },
];

const online = { metric: 'repository_online', op: '>=', target: 1, windowHours: 24 } as const;

/** Causes that no rule is written for are not explained. */
function isExplained(of: Case): boolean {
  return failingJobs(of).every(
    ({ lastFailureCause, causes }) =>
      (lastFailureCause !== null && lastFailureCause !== 'UNKNOWN') ||
      Object.keys(causes).some((cause) => cause !== 'UNKNOWN'),
  );
}
