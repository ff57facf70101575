import { causeRule } from '../causes.ts';
import type { Rule } from '../rule.ts';

/** Jobs that may not: sign-in, rights, licence, and storage that refuses to be changed. */
export const ACCESS_RULES: readonly Rule[] = [
  causeRule({
    id: 'gap.credentials',
    title: 'Sign-in is refused',
    cause: 'CREDENTIALS',
    meaning: 'An account that the jobs sign in with is expired, locked or has a new password',
    steps: [
      { text: 'Read which account and which host the failed session names.', minutes: 10 },
      {
        text: 'See in the directory whether the account is locked, disabled, or its password changed or expired shortly before the first failure.',
        minutes: 15,
      },
      {
        text: 'Test the stored credentials in Credentials & Passwords > Datacenter Credentials, and list what else uses them.',
        minutes: 20,
      },
    ],
    options: [
      {
        id: 'update-credentials',
        text: 'Enter the new password of the account in Credentials & Passwords',
        steps: [
          'Menu > Credentials & Passwords > Datacenter Credentials: edit the account, enter the password.',
          'Cloud storage and vSphere: rescan the host or storage that uses it.',
          'Start one of the failed jobs by hand, then the rest in their schedule.',
        ],
        prerequisites: [
          'Password from its owner, not reset without them',
          'List of everything that uses the account',
        ],
        risks: ['A wrong password on many jobs locks the account for all of them'],
        rollback: 'Enter the former password again; nothing else is changed.',
        verification: 'The job that was started by hand ends with Success or Warning.',
        hours: [0.5, 1],
      },
      {
        id: 'dedicated-account',
        text: 'Give backups a service account of their own whose password does not expire unseen',
        steps: [
          'Create a group managed service account, or an account with its expiry in the calendar of the team.',
          'Grant exactly the rights that the user guide lists for the role, no membership in Domain Admins.',
          'Exchange it in Credentials & Passwords job by job.',
        ],
        prerequisites: ['Approval of the directory team', 'Maintenance window for a test run of each job'],
        risks: ['A missing right shows only in the run that needs it, such as log truncation'],
        rollback: 'Assign the former account; keep it until all jobs ran twice.',
        verification: 'All jobs that used the old account ran twice without a sign-in failure.',
        hours: [2, 4],
      },
    ],
  }),
  causeRule({
    id: 'gap.permission',
    title: 'A right is missing',
    cause: 'PERMISSION',
    meaning: 'The account signs in, but may not do what the job needs',
    steps: [
      { text: 'Read which operation on which object was denied.', minutes: 15 },
      {
        text: 'Compare the rights of the account with the required permissions in the user guide; ask what was changed just before the first failure.',
        minutes: 30,
      },
      {
        text: 'Object storage and shares: look at bucket policy, share and file rights separately.',
        minutes: 20,
      },
    ],
    options: [
      {
        id: 'grant-right',
        text: 'Grant the missing right to the account, no more than that',
        steps: [
          'Grant the right on the smallest scope that holds all objects of the job.',
          'Guest processing: on Windows the account has to be a local administrator; with UAC a domain account or the built-in one.',
          'Start the job by hand.',
        ],
        prerequisites: ['Approval by the owner of the system'],
        risks: ['A right on too large a scope is a way in for an attacker who gets the backup account'],
        rollback: 'Withdraw the right.',
        verification: 'The run that was denied goes through.',
        hours: [0.5, 2],
      },
    ],
  }),
  causeRule({
    id: 'gap.licence',
    title: 'The licence does not cover the jobs',
    cause: 'LICENSE',
    meaning: 'The licence has run out, or more is protected than it covers',
    steps: [
      { text: 'Menu > License: expiry, used and licensed instances, sockets and capacity.', minutes: 10 },
      { text: 'Look for instances that are counted for machines that are no longer protected.', minutes: 20 },
    ],
    options: [
      {
        id: 'revoke-instances',
        text: 'Take licences back from machines that are no longer protected',
        steps: [
          'Menu > License > Instances: revoke those that were deleted or are protected twice.',
          'Start one of the failed jobs.',
        ],
        prerequisites: ['Confirmation that these machines are gone'],
        risks: [
          'A machine that is still protected takes its instance again in the next run, at the cost of another',
        ],
        rollback: 'The next run of the job takes the instance again by itself.',
        verification: 'Used instances are below the licensed ones and the jobs run.',
        hours: [0.5, 1],
      },
      {
        id: 'install-licence',
        text: 'Install a renewed or larger licence',
        steps: [
          'Get the file from the Veeam account, or update by itself under Menu > License.',
          'Install it, then start the failed jobs.',
        ],
        prerequisites: ['Order or renewal is through'],
        risks: ['A file of another edition switches features off'],
        rollback: 'Install the former file again, as long as it is valid.',
        verification: 'Menu > License shows the new expiry, and the jobs run.',
        hours: [0.5, 2],
      },
    ],
  }),
  causeRule({
    id: 'gap.immutable-refused',
    title: 'Immutable storage refuses the job',
    cause: 'IMMUTABLE',
    meaning: 'The job wants to change or delete what is immutable, or the lock of the bucket does not fit',
    steps: [
      { text: 'See whether merging, deletion by retention, or a first write is refused.', minutes: 20 },
      {
        text: 'Compare immutability and retention of the repository with the backup mode: forward incremental with periodic fulls, no reverse incremental, no forever merge within the lock.',
        minutes: 25,
      },
      {
        text: 'Object storage: Object Lock and versioning on, no default retention of the bucket, clock within minutes.',
        minutes: 20,
      },
    ],
    options: [
      {
        id: 'fit-mode-to-lock',
        text: 'Give the job periodic full backups, so that nothing within the lock has to be changed',
        steps: [
          'Job > Storage > Advanced: incremental with synthetic or active fulls at least every week.',
          'Wait until the lock of the old chain is over; do not try to remove it.',
        ],
        prerequisites: ['Space for another full backup'],
        risks: ['Two chains exist until the lock of the first is over'],
        rollback: 'Set the former mode after the lock is over.',
        verification: 'The next full and the merges after it end without a refusal.',
        hours: [1, 3],
      },
    ],
  }),
  causeRule({
    id: 'gap.malware-stopped',
    title: 'The job stops for malware',
    cause: 'MALWARE',
    meaning: 'Detection stopped the runs: treat it as real until it is shown not to be',
    steps: [
      { text: 'Inventory > Malware Detection: which machines, since when, by which engine.', minutes: 15 },
      { text: 'Tell the security team before anything is started, deleted or restored.', minutes: 15 },
      { text: 'Find the newest restore point from before the first sign, and scan it.', minutes: 60 },
    ],
    options: [
      {
        id: 'isolate-and-scan',
        text: 'Isolate the machine, keep all restore points, and find the newest clean one by Scan Backup',
        steps: [
          'Take the machine off the network with its owner; leave it powered on for forensics if they want that.',
          'Do not delete or merge restore points: set the job so that retention does not run, or extend immutability.',
          'Scan Backup with antivirus or YARA from the newest point backwards, mark what is infected.',
          'Only after the security team agrees: mark the machine as clean and let the job run.',
        ],
        prerequisites: ['Security team informed', 'Space to keep all points'],
        risks: [
          'A job that goes on fills the chain with infected points',
          'Retention deletes clean points while the case is open',
        ],
        rollback: 'Reconnect the machine; keep the marks of the points.',
        verification: 'A point is scanned and clean, and the job runs again.',
        hours: [2, 8],
      },
    ],
  }),
];
