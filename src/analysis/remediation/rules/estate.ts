import { cites, type Option, type Rule, say } from '../rule.ts';

/** Trouble of the server as a whole. The score has no term for it, so it ranks by urgency alone. */
export const ESTATE_RULES: readonly Rule[] = [
  findingRule(
    'estate.licence-expiring',
    'LICENSE_EXPIRING',
    'gap',
    'The licence runs out soon',
    (days) => `The licence ends in ${say(days, 'days')}: jobs stop soon after.`,
    {
      id: 'renew-licence',
      text: 'Renew the licence before it ends',
      steps: ['Order the renewal, install the file or update it under Menu > License.'],
      prerequisites: ['Budget'],
      risks: ['A file of another edition switches features off'],
      rollback: 'Install the former file as long as it is valid.',
      verification: 'The new expiry is shown.',
      hours: [0.5, 2],
    },
  ),
  findingRule(
    'estate.licence-expired',
    'LICENSE_EXPIRED',
    'gap',
    'The licence has run out',
    () => 'The licence is expired or invalid: jobs stop at the end of the grace time.',
    {
      id: 'install-licence-now',
      text: 'Install a valid licence today',
      steps: [
        'Menu > License: install or update. Ask the vendor for a temporary key if the order takes time.',
      ],
      prerequisites: ['None'],
      risks: ['None for existing backups: restores work without a licence'],
      rollback: 'None needed.',
      verification: 'The licence is valid and the next runs succeed.',
      hours: [0.5, 2],
    },
  ),
  findingRule(
    'estate.licence-exceeded',
    'LICENSE_EXCEEDED',
    'gap',
    'More is protected than is licensed',
    () => 'More instances, sockets or capacity are used than licensed: new machines are skipped first.',
    {
      id: 'fit-licence',
      text: 'Revoke unused instances, or extend the licence',
      steps: ['Menu > License > Instances: revoke what is gone; order what is missing.'],
      prerequisites: ['List of machines that need no backup'],
      risks: ['A machine that is still in a job takes its instance back'],
      rollback: 'The next run takes the instance again.',
      verification: 'Used is below licensed.',
      hours: [0.5, 2],
    },
  ),
  findingRule(
    'estate.config-backup-missing',
    'CONFIG_BACKUP_DISABLED',
    'recover',
    'The configuration is not backed up',
    () =>
      'The backup of the configuration is switched off: after a loss of the server all jobs, credentials and chains have to be rebuilt by hand.',
    configBackup('switch-on-config-backup'),
  ),
  findingRule(
    'estate.config-backup-stale',
    'CONFIG_BACKUP_STALE',
    'recover',
    'The backup of the configuration is old',
    (_, days) => `The last backup of the configuration that succeeded is ${say(days, 'days')} old.`,
    configBackup('mend-config-backup'),
  ),
  findingRule(
    'estate.config-backup-unencrypted',
    'CONFIG_BACKUP_UNENCRYPTED',
    'recover',
    'The backup of the configuration is not encrypted',
    () =>
      'Without encryption the backup of the configuration holds no passwords: after a restore each one has to be entered anew.',
    {
      ...configBackup('encrypt-config-backup'),
      text: 'Encrypt the backup of the configuration',
      hours: [0.25, 0.5],
    },
  ),
  findingRule(
    'estate.certificate-expiring',
    'CERTIFICATE_EXPIRING',
    'gap',
    'The certificate of the server ends soon',
    (days) =>
      `The certificate ends in ${say(days, 'days')}: consoles, agents and this collector refuse it then.`,
    {
      id: 'renew-certificate',
      text: 'Exchange the certificate, and tell those who pinned it',
      steps: [
        'Menu > Options > Security: install or generate a certificate.',
        'Give the new fingerprint to everything that pinned the old one, this collector included.',
      ],
      prerequisites: ['Maintenance window'],
      risks: ['Agents with the old fingerprint lose the connection until the next rescan'],
      rollback: 'Choose the former certificate as long as it is valid.',
      verification: 'All hosts are connected, and the collector runs.',
      hours: [0.5, 2],
    },
  ),
];

function configBackup(id: string): Omit<Option, 'effect'> {
  return {
    id,
    text: 'Back the configuration up every day, encrypted, to another host',
    steps: [
      'Menu > Configuration Backup: on, daily, to a repository that is not on the backup server.',
      'Encrypt it; keep the password outside the server.',
      'Restore it once to a test server.',
    ],
    prerequisites: ['Repository on another host', 'Place for the password'],
    risks: ['Without the password it cannot be restored'],
    rollback: 'The setting can be changed at any time.',
    verification: 'A backup of the configuration succeeded within a day.',
    hours: [0.5, 1],
  };
}

function findingRule(
  id: string,
  kind: string,
  type: 'gap' | 'recover',
  title: string,
  text: (daysLeft: number | null, ageDays: number | null) => string,
  option: Omit<Option, 'effect'>,
): Rule {
  return {
    id,
    type,
    scopes: ['estate'],
    title,
    when: ({ finding }) => (finding?.kind === kind ? 0.95 : null),
    hypothesis: ({ finding }) => ({
      text: text(finding?.daysLeft ?? null, finding?.ageDays ?? null),
      cites: cites(finding, 'kind', 'severity', 'daysLeft', 'ageDays'),
    }),
    steps: [{ text: 'Look at it in the console and write down who owns it.', minutes: 15 }],
    options: [{ ...option, effect: () => ({ kind: 'unscored' }) }],
    verify: () => [{ metric: `open_findings:${kind}`, op: '<=', target: 0, windowHours: 24 }],
  };
}
