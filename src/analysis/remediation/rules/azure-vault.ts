import type { VaultExposure } from '../../risk/exposure.ts';
import { AZURE } from '../azure.ts';
import type { Case } from '../evidence.ts';
import { byId } from '../lookup.ts';
import { type Cite, cites, type Effect, type Option, type Rule, say } from '../rule.ts';

const LOOK = [
  {
    text: 'Settings of the vault, reading only: az backup vault show -n <vault> -g <group>; az backup vault backup-properties show -n <vault> -g <group>.',
    minutes: 10,
  },
  {
    text: 'Who may delete backups? az role assignment list --scope <id of the vault> --include-inherited.',
    minutes: 15,
  },
];

/** Guards of a vault that are down; the score of the vault has a hazard of them, and findings say the same of the estate. */
export const AZURE_VAULT_RULES: readonly Rule[] = [
  guardRule({
    id: 'azure.guard-taken-down',
    title: 'A guard of the vault was taken down, or many items were deleted at once',
    weight: 0.98,
    finding: null,
    isDown: () => false,
    hasSignal: true,
    text: 'In the last 30 days soft delete, immutability or the second person was weakened, or several items were deleted on one day: that is what attackers do first.',
    guard: 'soft_delete',
    left: 0.1,
    option: {
      id: 'undo-and-ask',
      text: 'Find out who did it, put the guards back, and undelete what was deleted',
      steps: [
        'Portal > vault > Activity log: who, from where, when. Tell the security team before anything else.',
        'Undelete the items: portal > Backup items > soft deleted > Undelete.',
        'Soft delete and immutability on again; block the account until it is explained.',
      ],
      prerequisites: ['Security team informed'],
      risks: ['Evidence is lost where accounts are deleted at once'],
      rollback: 'None needed.',
      verification: 'Every change has an owner who knows of it, and the guards are up.',
      hours: [1, 6],
    },
  }),
  guardRule({
    id: 'azure.soft-delete-off',
    title: 'What is deleted in the vault is gone at once',
    weight: 0.95,
    finding: 'VAULT_SOFT_DELETE_OFF',
    isDown: ({ softDelete }) => softDelete === 'Disabled',
    text: 'Soft delete is off: one account, or one mistake, removes all backups of the vault for good.',
    guard: 'soft_delete',
    left: 0.1,
    option: {
      id: 'switch-on-soft-delete',
      text: 'Switch soft delete on, for good',
      steps: [
        'az backup vault backup-properties set -n <vault> -g <group> --soft-delete-feature-state Enable',
        'Portal > Properties > Security settings: always-on, 14 days or more.',
      ],
      prerequisites: ['Word of the owner of the subscription: deleted data cost until soft delete ends'],
      risks: ['Always-on cannot be switched off again'],
      rollback: 'Switch it off, unless it is always-on.',
      verification: 'The vault says Enabled or AlwaysON.',
      hours: [0.25, 0.5],
    },
  }),
  guardRule({
    id: 'azure.immutability-off',
    title: 'Restore points can be deleted before their time',
    weight: 0.8,
    finding: 'VAULT_IMMUTABILITY_OFF',
    isDown: ({ immutability }) => immutability !== null && immutability !== 'Locked',
    text: 'The vault is not immutable, or it is and that can be switched off again: whoever has the rights shortens retention and deletes.',
    guard: 'immutability',
    left: 0.05,
    option: {
      id: 'lock-immutability',
      text: 'Make the vault immutable; lock it once it has proven itself',
      steps: [
        'az backup vault update -n <vault> -g <group> --immutability-state Unlocked',
        'After some weeks in which nothing had to be deleted early: Locked. That cannot be undone.',
      ],
      prerequisites: [
        'Retention of all policies is what is wanted: it can only be made longer after that',
        'Price of the storage for that time',
      ],
      risks: ['Locked cannot be undone: a policy of ten years is paid for ten years'],
      rollback: 'Disabled again, as long as it is not locked.',
      verification: 'The vault says Unlocked or Locked.',
      hours: [0.5, 2],
    },
  }),
  guardRule({
    id: 'azure.no-second-person',
    title: 'One person alone may weaken the vault',
    weight: 0.7,
    finding: 'VAULT_NO_SECOND_PERSON',
    isDown: ({ hasSecondPerson }) => hasSecondPerson === false,
    text: 'No resource guard asks a second person before soft delete, immutability or protection is switched off.',
    guard: 'second_person',
    left: 0.08,
    option: {
      id: 'set-resource-guard',
      text: 'Have a resource guard in another subscription or tenant, which somebody else owns',
      steps: [
        'Somebody of the security team makes a resource guard where backup administrators have no rights.',
        'Portal > vault > Properties > Multi-User Authorization: choose it.',
        'Give backup administrators the right to it for hours only (Privileged Identity Management).',
      ],
      prerequisites: ['A second person who can be reached in an emergency'],
      risks: ['Without that person nothing critical can be done at night'],
      rollback: 'Remove the guard, with the consent of its owner.',
      verification: 'The vault names a resource guard.',
      hours: [1, 4],
    },
  }),
  guardRule({
    id: 'azure.one-datacentre',
    title: 'All copies are in one datacentre',
    weight: 0.4,
    finding: 'VAULT_LOCALLY_REDUNDANT',
    isDown: ({ redundancy }) => redundancy === 'LocallyRedundant',
    text: 'The vault is locally redundant: what takes the datacentre takes machines and backups together.',
    guard: 'redundancy',
    left: 0.08,
    option: {
      id: 'new-redundant-vault',
      text: 'Protect what matters in a geo-redundant vault with cross-region restore',
      steps: [
        'The redundancy of a vault can be changed only before its first item: make a second vault.',
        'Stop protection of the most important items here, keep their data, and protect them there.',
        'Delete the old data when their retention has passed.',
      ],
      prerequisites: ['Price: about twice that of local storage', 'Paired region that may hold the data'],
      risks: ['Two vaults with data of one machine until the old points expire'],
      rollback: 'Resume protection in the old vault.',
      verification: 'The vault of the most important items is geo- or zone-redundant.',
      hours: [2, 8],
    },
  }),
  {
    id: 'azure.limit-near',
    type: 'gap',
    scopes: ['estate'],
    platforms: AZURE,
    title: 'A limit of the vault is near',
    when: ({ finding }) => (finding?.kind === 'VAULT_LIMIT_NEAR' ? 0.95 : null),
    hypothesis: ({ finding }) => ({
      text: 'The vault is near to a limit of Azure: what comes after it cannot be protected there.',
      cites: cites(finding, 'kind', 'severity', 'entityName'),
    }),
    steps: [
      {
        text: 'Which limit, and which items are stopped and could leave? Portal > vault > Usage.',
        minutes: 15,
      },
    ],
    options: [
      {
        id: 'second-vault',
        text: 'Give new items a second vault, with the same guards',
        steps: [
          'A vault with the redundancy, soft delete, immutability and guard of this one.',
          'Protect new items there.',
        ],
        prerequisites: ['Naming and access as for this vault'],
        risks: ['A vault without guards is where an attacker begins'],
        rollback: 'None needed.',
        verification: 'The usage is below 80 % of the limit.',
        hours: [1, 3],
        effect: () => ({ kind: 'unscored' }),
      },
    ],
    verify: () => [{ metric: 'open_findings:VAULT_LIMIT_NEAR', op: '<=', target: 0, windowHours: 24 }],
  },
];

type GuardSpec = Pick<Rule, 'id' | 'title'> & {
  weight: number;
  finding: string | null;
  isDown: (exposure: VaultExposure) => boolean;
  hasSignal?: boolean;
  text: string;
  guard: string;
  /** The hazard of the vault afterwards, at best. */
  left: number;
  option: Omit<Option, 'effect'>;
};

function guardRule(spec: GuardSpec): Rule {
  const { id, title, weight, finding, isDown, text, guard, left, option } = spec;
  const exposureOf = (of: Case) => byId(of.facts.risk).repositories.get(of.id)?.exposure;
  return {
    id,
    title,
    type: 'integrity',
    scopes: ['repository', 'estate'],
    platforms: AZURE,
    when: (of) => {
      if (of.scope === 'estate') return finding !== null && of.finding?.kind === finding ? weight : null;
      if (spec.hasSignal) return hasSignals(of) ? weight : null;
      const exposure = exposureOf(of);
      return exposure && isDown(exposure) ? weight : null;
    },
    hypothesis: (of) => ({
      text: `${text}${of.scope === 'repository' ? ` ${say(of.item.affectedWorkloads.length)} workloads rest on it.` : ''}`,
      cites: of.finding ? cites(of.finding, 'kind', 'severity') : citesOfVault(of, exposureOf(of)),
    }),
    steps: LOOK,
    options: [{ ...option, effect: (of) => effectOf(of, left) }],
    verify: () => [{ metric: `vault_guard:${guard}`, op: '>=', target: 1, windowHours: 24 }],
  };
}

const hasSignals = ({ facts, id }: Case) =>
  (byId(facts.risk).repositories.get(id)?.signals ?? []).some(
    ({ kind }) => kind === 'VAULT_GUARD_WEAKENED' || kind === 'MASS_DELETION',
  );

/** By target: how much one guard leaves of the hazard is judgement. Nothing where it is below that already. */
function effectOf({ scope, hazard }: Case, left: number): Effect {
  return scope === 'repository' && hazard && hazard.q > left
    ? { kind: 'hazard', q: Math.max(left, hazard.q / 2) }
    : { kind: 'unscored' };
}

function citesOfVault({ facts }: Case, exposure: VaultExposure | undefined): Cite[] {
  if (!exposure) return [];
  const of = { source: 'azure_vault', id: facts.risk.sourceId, asOf: exposure.asOf };
  return [
    { ...of, field: 'soft_delete', value: exposure.softDelete },
    { ...of, field: 'soft_delete_days', value: exposure.softDeleteDays },
    { ...of, field: 'immutability', value: exposure.immutability },
    { ...of, field: 'multi_user_authorization', value: exposure.hasSecondPerson },
    { ...of, field: 'redundancy', value: exposure.redundancy },
  ];
}
