import { azureFailureRule } from '../azure.ts';
import type { Rule } from '../rule.ts';
import { FINISHED, LOOK, TRY } from './azure-steps.ts';

/** Why backups of Azure fail for what is in the machine, by their error codes. */
export const AZURE_GUEST_FAILURE_RULES: readonly Rule[] = [
  azureFailureRule({
    id: 'azure.vm-agent',
    title: 'The agent in the machine does not answer',
    meaning: 'Azure cannot reach the agent or the backup extension in the machine',
    causes: ['SERVICE_DOWN', 'NETWORK'],
    problems:
      /GuestAgent|ExtensionStuck|ExtensionInstallation|ExtensionOperation|NotReachable|vm agent|guest agent|400001/i,
    steps: [
      ...LOOK,
      {
        text: 'Does the machine run, and what does it say of its agent? az vm get-instance-view -g <group> -n <machine> --query instanceView.vmAgent',
        minutes: 10,
      },
      {
        text: 'Can it reach 168.63.129.16 on ports 80 and 32526, and Azure over 443? Firewall in the guest, proxy, security groups.',
        minutes: 20,
      },
    ],
    options: [
      {
        id: 'mend-vm-agent',
        text: 'Start or update the agent in the guest, and let the extension install itself again',
        steps: [
          'Windows: start the services RdAgent and WindowsAzureGuestAgent. Linux: restart walinuxagent or waagent.',
          'An outdated agent: install the current version by the means of the system.',
          'An extension that is stuck: portal > machine > Extensions: uninstall VMSnapshot or VMSnapshotLinux; the next backup installs it.',
          TRY,
        ],
        prerequisites: ['Word of the owner of the machine', 'Sign-in to the guest, or az vm run-command'],
        risks: ['A restart of the agent ends what it is doing, such as an update of an extension'],
        rollback: 'None needed: the next backup installs its extension again.',
        verification: FINISHED,
        hours: [0.5, 2],
      },
    ],
  }),
  azureFailureRule({
    id: 'azure.vm-state',
    title: 'The machine is in a state that allows no backup',
    meaning: 'The machine is in a failed or passing state of provisioning',
    causes: ['SERVICE_DOWN'],
    problems: /ProvisioningState|NotInDesirableState|not in a state|provisioning state|400052/i,
    steps: [
      ...LOOK,
      {
        text: 'State of the machine and of each extension: az vm show -g <group> -n <machine> --query provisioningState; portal > machine > Activity log.',
        minutes: 15,
      },
    ],
    options: [
      {
        id: 'reapply-vm',
        text: 'Bring the machine back to a state that is well: Reapply, or remove the extension that failed',
        steps: [
          'az vm reapply -g <group> -n <machine>',
          'An extension in state failed: remove it, install it again.',
          TRY,
        ],
        prerequisites: ['Word of the owner of the machine'],
        risks: ['Reapply may restart extensions; in rare cases the machine'],
        rollback: 'None: it sets what is configured already.',
        verification: FINISHED,
        hours: [0.5, 2],
      },
    ],
  }),
  azureFailureRule({
    id: 'azure.snapshot',
    title: 'Snapshots of its disks cannot be made',
    meaning: 'The snapshot of the disks fails, or there are too many of them',
    causes: ['SNAPSHOT', 'RESOURCES'],
    problems: /Snapshot|RpCollectionLimit|RestorePoint(Internal|Client)|FsFreeze|PremiumStorageQuota|400239/i,
    steps: [
      ...LOOK,
      {
        text: 'How many snapshots do its disks have, and of whom? az snapshot list --query "[?creationData.sourceResourceId==\'<disk>\'].{name:name,at:timeCreated}"; group AzureBackupRG_… with its restore point collections.',
        minutes: 15,
      },
      { text: 'Is there a lock on that group, or a policy that forbids snapshots?', minutes: 10 },
    ],
    options: [
      {
        id: 'free-snapshots',
        text: 'Remove snapshots that nobody needs, and the lock that keeps Azure Backup from removing its own',
        steps: [
          'Ask who made the others; delete those that nobody needs.',
          'Remove the lock on the group AzureBackupRG_…; Azure Backup cleans up by itself in the next run.',
          TRY,
        ],
        prerequisites: ['List of snapshots with their owners', 'Nobody restores from one of them'],
        risks: ['A snapshot that is deleted is gone: it may be somebody’s only way back'],
        rollback: 'None: a deleted snapshot cannot be brought back.',
        verification: FINISHED,
        hours: [0.5, 3],
      },
      {
        id: 'shorten-instant',
        text: 'Keep snapshots for fewer days in the policy (instant restore 1 to 2 days)',
        steps: ['Portal > vault > Backup policies: Retain instant recovery snapshots for 1 or 2 days.'],
        prerequisites: [
          'Restores from a snapshot are not needed for longer: those from the vault take longer',
        ],
        risks: ['It changes all items of the policy'],
        rollback: 'Set the former number of days.',
        verification: FINISHED,
        hours: [0.25, 1],
      },
    ],
  }),
  azureFailureRule({
    id: 'azure.vss',
    title: 'The guest cannot freeze its data',
    meaning: 'A VSS writer, or the script before the snapshot, fails in the guest',
    causes: ['VSS'],
    problems: /VSS|COM\b|MDTC|writer/i,
    steps: [
      ...LOOK,
      {
        text: 'In the guest: vssadmin list writers; application and system log at the time of the backup.',
        minutes: 20,
      },
    ],
    options: [
      {
        id: 'mend-writers',
        text: 'Mend the writers that failed, then back up again',
        steps: [
          'Restart the service of the failed writer; the machine if that does not help.',
          'Back up outside of the times of other backups and of patches.',
          TRY,
        ],
        prerequisites: ['Maintenance window'],
        risks: ['A restart of a database service interrupts it'],
        rollback: 'None needed.',
        verification: FINISHED,
        hours: [0.5, 3],
      },
    ],
  }),
];
