import { azureFailureRule } from '../azure.ts';
import type { Rule } from '../rule.ts';
import { FINISHED, LOOK, TRY } from './azure-steps.ts';

/** Why backups of Azure fail for what is around the machine, by their error codes. */
export const AZURE_FAILURE_RULES: readonly Rule[] = [
  azureFailureRule({
    id: 'azure.key-vault',
    title: 'The backup may not read the key of encrypted disks',
    meaning: 'Azure Backup has no right to the key vault of the disks',
    causes: ['PERMISSION'],
    problems: /KeyVault|key vault/i,
    steps: [
      ...LOOK,
      {
        text: 'Which key vault holds the keys, and does it use access policies or roles? az keyvault show -n <key vault> --query properties.enableRbacAuthorization',
        minutes: 10,
      },
      { text: 'Does the firewall of the key vault let trusted services in?', minutes: 10 },
    ],
    options: [
      {
        id: 'grant-key-vault',
        text: 'Give the service of Azure Backup the right to read and back up keys and secrets, no more',
        steps: [
          'Access policies: template Azure Backup for the principal Backup Management Service.',
          'Roles: Key Vault Reader does not do; take the role that the documentation names for encrypted machines, on that key vault alone.',
          TRY,
        ],
        prerequisites: ['Approval of the owner of the key vault'],
        risks: ['A right on a vault with other keys reaches further than backups need'],
        rollback: 'Withdraw the right.',
        verification: FINISHED,
        hours: [0.5, 2],
      },
    ],
  }),
  azureFailureRule({
    id: 'azure.permission',
    title: 'A right is missing',
    meaning: 'The account of the backup may not do what it has to, in Azure or in the database',
    causes: ['PERMISSION', 'CREDENTIALS'],
    problems: /Sysadmin|InternalRole|Authorization|Permission/i,
    steps: [
      ...LOOK,
      {
        text: 'Which principal was denied what, on which scope? Activity log of the resource; for databases the log of the server.',
        minutes: 20,
      },
    ],
    options: [
      {
        id: 'grant-azure-right',
        text: 'Grant the missing right on the smallest scope',
        steps: [
          'Azure: the role that the message names, on the resource alone.',
          'SQL: NT SERVICE\\AzureWLBackupPluginSvc needs the role sysadmin. HANA: run the pre-registration script again.',
          TRY,
        ],
        prerequisites: ['Approval by the owner of the resource'],
        risks: ['A right on too large a scope is a way in'],
        rollback: 'Withdraw the right.',
        verification: FINISHED,
        hours: [0.5, 2],
      },
    ],
  }),
  azureFailureRule({
    id: 'azure.policy-denied',
    title: 'A rule of the organisation forbids what the backup makes',
    meaning: 'Azure Policy or a lock refuses resources that a backup needs',
    causes: ['CONFIGURATION', 'LOCKED'],
    problems: /DisallowedByPolicy|disallowed by|ScopeLocked|lock/i,
    steps: [
      ...LOOK,
      {
        text: 'Which assignment or lock refuses? Activity log > the failed write > policy details; az lock list -g <group>.',
        minutes: 15,
      },
    ],
    options: [
      {
        id: 'exempt-backup',
        text: 'Exempt the group of the restore point collections from the policy, or meet it',
        steps: [
          'A group of fixed name for the collections: portal > policy of the vault > Azure Backup Resource Group.',
          'Tags that are demanded: let a policy of effect modify set them in that group, or exempt it.',
          'A lock of kind delete on that group: remove it, else old points stay and the limit of snapshots is reached.',
          TRY,
        ],
        prerequisites: ['Word of those who own the policy'],
        risks: ['An exemption that is too wide lets other resources through'],
        rollback: 'Remove the exemption.',
        verification: FINISHED,
        hours: [0.5, 3],
      },
    ],
  }),
  azureFailureRule({
    id: 'azure.unsupported',
    title: 'What it protects cannot be backed up as it is set up',
    meaning: 'A kind of disk, system, recovery model or setting does not go with this backup',
    causes: ['CONFIGURATION'],
    problems: /NotSupported|Unsupported|UnableToOpenMount|InstanceNameInvalid|PreferenceCheck/i,
    steps: [
      ...LOOK,
      {
        text: 'Compare disks, system and database with the support matrix of Azure Backup; what was changed before the first failure?',
        minutes: 30,
      },
    ],
    options: [
      {
        id: 'fit-to-support',
        text: 'Leave out what cannot be backed up this way, and protect it otherwise',
        steps: [
          'Machines: exclude the disk (selective backup), or use the enhanced policy where the disk needs it.',
          'Databases: recovery model full for log backups; preferred replica of availability groups.',
          'An open session of file recovery: portal > item > File Recovery > Unmount disks.',
          TRY,
        ],
        prerequisites: ['Another backup of what is left out'],
        risks: ['An excluded disk is in no restore point'],
        rollback: 'Include it again.',
        verification: FINISHED,
        hours: [1, 4],
      },
    ],
  }),
  azureFailureRule({
    id: 'azure.not-found',
    title: 'What it protects is not there any more',
    meaning: 'The machine, share or account was deleted or moved',
    causes: ['OBJECT_NOT_FOUND'],
    problems: /NotFound|NotPresent/i,
    steps: [
      ...LOOK,
      {
        text: 'Deleted, moved to another group, or made anew? Activity log; az resource show --ids <id of the resource>.',
        minutes: 15,
      },
    ],
    options: [
      {
        id: 'retire-item',
        text: 'Gone for good: stop protection and keep the data until its retention ends',
        steps: [
          'Portal > item > Stop backup > Retain backup data.',
          'Delete the data only after the owner has said so, in writing.',
        ],
        prerequisites: ['Word of its owner'],
        risks: ['Data that are kept cost as before', 'Deleted data are gone after soft delete'],
        rollback: 'Resume backup, as long as the resource exists.',
        verification: 'The item is stopped on purpose and no longer fails.',
        hours: [0.5, 1],
        effect: () => ({ kind: 'hazard', q: 1 / 12 }),
      },
      {
        id: 'protect-anew',
        text: 'Moved or made anew: protect it under its new id',
        steps: [
          'Portal > vault > Backup > the machine at its new place, same policy.',
          'Keep the old item stopped until its points expire.',
        ],
        prerequisites: ['A vault in the region of the machine'],
        risks: ['The first backup is a full one'],
        rollback: 'Stop protection of the new item.',
        verification: 'The new item has a restore point.',
        hours: [0.5, 1],
      },
    ],
  }),
  azureFailureRule({
    id: 'azure.quota',
    title: 'A limit of Azure is reached',
    meaning: 'A quota of the subscription, region or vault is used up',
    causes: ['RESOURCES'],
    problems: /Quota|AbsoluteLimit|TooManyRequests/i,
    steps: [
      ...LOOK,
      {
        text: 'Which limit? Usage + quotas of the subscription; items per vault in get_health_status.',
        minutes: 15,
      },
    ],
    options: [
      {
        id: 'raise-quota',
        text: 'Have the limit raised, or spread items over a second vault',
        steps: ['Portal > Quotas > request, or a second vault for new items.', TRY],
        prerequisites: ['Word of the owner of the subscription'],
        risks: ['A second vault has settings of its own: soft delete, immutability, redundancy'],
        rollback: 'None needed.',
        verification: FINISHED,
        hours: [0.5, 3],
      },
    ],
  }),
  azureFailureRule({
    id: 'azure.network',
    title: 'The machine cannot reach Azure Backup',
    meaning: 'The network of the machine does not let the backup through',
    causes: ['NETWORK', 'TIMEOUT'],
    problems: /Network|Connectivity|ConnectionClosed|OdbcConnection/i,
    steps: [
      ...LOOK,
      {
        text: 'Route, firewall and names for the service tags AzureBackup, Storage and AzureActiveDirectory; private endpoints and their zone.',
        minutes: 30,
      },
    ],
    options: [
      {
        id: 'open-network',
        text: 'Let the service tags through, or mend the private endpoint',
        steps: [
          'Outbound 443 to AzureBackup, Storage and AzureActiveDirectory in security group and firewall.',
          'Private endpoint: names of the vault resolve to it from the machine.',
          TRY,
        ],
        prerequisites: ['Word of the network team'],
        risks: ['A rule that is too wide'],
        rollback: 'Remove the rule.',
        verification: FINISHED,
        hours: [0.5, 3],
      },
    ],
  }),
  azureFailureRule({
    id: 'azure.passing',
    title: 'A fault of the service that passes by itself',
    meaning: 'Azure calls it a temporary fault of its own',
    causes: ['SERVICE_DOWN', 'TIMEOUT', 'LOCKED'],
    problems: /Temporary|Transient|InternalServerError|CloudInternalError|OperationInProgress|400085/i,
    steps: [
      ...LOOK,
      {
        text: 'Service health of the region: portal > Service Health. Do other items of the vault fail, too?',
        minutes: 10,
      },
    ],
    options: [
      {
        id: 'retry-backup',
        text: 'Start it again; after three failures open a case with the ids of the jobs',
        steps: [TRY, 'Support case with activity ids of the failed jobs if it fails three times.'],
        prerequisites: ['None'],
        risks: ['None: a backup more'],
        rollback: 'None needed.',
        verification: FINISHED,
        hours: [0.25, 1],
      },
    ],
  }),
  {
    ...azureFailureRule({
      id: 'azure.by-code',
      title: 'Backups fail with a code that we have no rule for',
      meaning: 'Backups fail, and the code tells which fault it is',
      causes: [],
      steps: LOOK,
      options: [
        {
          id: 'follow-recommendations',
          text: 'Do what Azure recommends for this code, step by step',
          steps: ['Open the job in the portal: the recommendations are those of the code.', TRY],
          prerequisites: ['Word of the owner of what it protects'],
          risks: ['As the recommendation says'],
          rollback: 'As the recommendation says.',
          verification: FINISHED,
          hours: [0.5, 3],
        },
      ],
    }),
    when: ({ jobs, job }) =>
      (job ? [job] : jobs).some(({ failureStreak }) => failureStreak > 0) ? 0.2 : null,
  },
];
