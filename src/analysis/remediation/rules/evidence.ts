import type { Case } from '../evidence.ts';
import { type Hypothesis, percent, type Rule, say } from '../rule.ts';

/** Of a source of whichever kind; what has to be granted differs. */
const PARTLY_READ: Omit<Rule, 'id' | 'platforms' | 'options'> = {
  type: 'evidence',
  scopes: ['estate'],
  title: 'A collector may not read everything',
  when: ({ input }) => (input?.status === 'PARTIAL' ? 0.9 : null),
  hypothesis: ({ input, facts }) =>
    inputHypothesis(
      { input, facts },
      `The ${input?.worker} worker read ${percent(input?.completeness)} of what there is, and ${input?.missing.length} endpoints are forbidden or failed.`,
    ),
  steps: [{ text: 'Run dr365 doctor: which endpoints, and which role do they need?', minutes: 10 }],
  verify: ({ input }) => [
    { metric: `input_completeness:${input?.worker ?? ''}`, op: '>=', target: 1, windowHours: 24 },
  ],
};

/** What has to be known before anything can be advised. */
export const EVIDENCE_RULES: readonly Rule[] = [
  {
    id: 'evidence.collector-missing',
    type: 'evidence',
    platforms: ['veeam', 'azure'],
    scopes: ['estate'],
    title: 'A collector never brought facts',
    when: ({ input }) => (input?.status === 'MISSING' ? 0.95 : null),
    hypothesis: ({ input, facts }) =>
      inputHypothesis(
        { input, facts },
        `The ${input?.worker} worker has never brought facts: everything it measures is assumed.`,
      ),
    steps: [
      { text: 'Run dr365 doctor: settings, reachability, rights and freshness in one screen.', minutes: 10 },
      { text: 'Was the worker ever started? Its schedule, and the record of its runs.', minutes: 10 },
    ],
    options: [
      {
        id: 'start-collector',
        text: 'Start the worker once by hand and read what it says',
        steps: [
          'npm run worker:NAME with the name of the worker in the evidence.',
          'Mend address, account or certificate that it names.',
          'Start the scheduler: npm run workers.',
        ],
        prerequisites: ['Read-only account on the backup server'],
        risks: ['The first run reads the whole history and takes longer'],
        rollback: 'None needed: workers only read.',
        verification: 'The worker has a run that succeeded.',
        hours: [0.25, 1],
        effect: refresh,
      },
    ],
    verify: inputIsFresh,
  },
  {
    id: 'evidence.collector-stale',
    type: 'evidence',
    platforms: ['veeam', 'azure'],
    scopes: ['estate'],
    title: 'A collector stopped bringing facts',
    when: ({ input }) => (input?.status === 'STALE' ? 0.95 : null),
    hypothesis: ({ input, facts }) =>
      inputHypothesis(
        { input, facts },
        `The ${input?.worker} worker last brought facts ${say(input?.ageHours, 'hours')} ago; after ${say(input?.staleAfterHours, 'hours')} they are stale. What was bad then is held, nothing is closed.`,
      ),
    steps: [
      { text: 'Run dr365 doctor; read the error of the last failed run.', minutes: 10 },
      {
        text: 'Password or certificate of the backup server changed? Server, container or database down?',
        minutes: 15,
      },
    ],
    options: [
      {
        id: 'restart-collector',
        text: 'Remove what stops the collector and run it',
        steps: [
          'Mend account, certificate fingerprint or address.',
          'npm run worker:NAME, then the scheduler.',
        ],
        prerequisites: ['Access to the host of the workers'],
        risks: ['None for the backup server: workers only read'],
        rollback: 'None needed.',
        verification: 'The worker has a run that is fresh.',
        hours: [0.25, 1],
        effect: refresh,
      },
    ],
    verify: inputIsFresh,
  },
  {
    ...PARTLY_READ,
    id: 'evidence.collector-partial',
    options: [
      {
        id: 'grant-reader-role',
        text: 'Give the account a role that may read these endpoints, and no more',
        steps: [
          'Users and Roles: Veeam Backup Viewer reads most; single endpoints need Veeam Backup Administrator and can be left out on purpose.',
          'Run the worker again.',
        ],
        prerequisites: ['Word of the owner of the backup server'],
        risks: ['A role with more rights than needed is a way in'],
        rollback: 'Assign the former role.',
        verification: 'No endpoint is forbidden any more.',
        hours: [0.25, 1],
        effect: refresh,
      },
    ],
  },
  {
    ...PARTLY_READ,
    id: 'evidence.azure-collector-partial',
    platforms: ['azure'],
    options: [
      {
        id: 'grant-backup-reader',
        text: 'Give the account a role that may read these endpoints, and no more',
        steps: [
          'az role assignment create --assignee <id of the account> --role "Backup Reader" --scope <id of the vault or its resource group>',
          'Machines themselves: the role Reader on their resource group; without it machines are recognised by their resource id alone.',
          'Run the worker again.',
        ],
        prerequisites: ['Word of the owner of the subscription'],
        risks: ['A role with more rights than needed is a way in'],
        rollback: 'Assign the former role.',
        verification: 'No endpoint is forbidden any more.',
        hours: [0.25, 1],
        effect: refresh,
      },
    ],
  },
  {
    id: 'evidence.not-assessed',
    type: 'evidence',
    platforms: ['veeam', 'azure'],
    scopes: ['workload', 'job', 'repository', 'incident', 'estate'],
    title: 'Too little is known to judge it',
    when: ({ item }) => (item.flags.includes('NOT_ASSESSED') ? 0.9 : 0.2),
    hypothesis: (of) => {
      const unknown = of.item.contributions.filter(({ basis }) => basis === 'none' || basis === 'assumed');
      return {
        text: `${of.groupSize ? `Of ${of.groupSize} items the same is not known. Of the worst ` : ''}${percent(of.item.coverage)} of what matters is measured; ${unknown.map(({ hazard }) => NAMES[hazard]).join(', ') || 'nothing'} rest${unknown.length === 1 ? 's' : ''} on an assumption (${say(of.item.assumptionPoints, 'points')} of ${say(of.item.score)}).`,
        cites: [
          {
            source: 'risk_item',
            id: of.item.key,
            field: 'coverage',
            value: of.item.coverage,
            asOf: of.facts.assessment.now,
          },
          {
            source: 'risk_item',
            id: of.item.key,
            field: 'assumption_points',
            value: of.item.assumptionPoints,
            asOf: of.facts.assessment.now,
          },
        ],
      };
    },
    steps: [
      {
        text: 'Runs: does a job protect it, and are its sessions read (get_health_status, npm run doctor)?',
        minutes: 10,
      },
      { text: 'Space: has its repository a reading, and is it online?', minutes: 10 },
      { text: 'Data and malware: are its backup files and malware events read?', minutes: 10 },
      { text: 'Restore: is there a test, and could it be assigned to it?', minutes: 10 },
    ],
    options: [
      {
        id: 'collect-evidence',
        text: 'Collect what is missing first, then judge again',
        steps: [
          'Give the reading account the endpoints that are forbidden.',
          'Let the collectors run once; a forecast needs 7 days, a verdict on data some backups.',
          'A restore test is evidence as well: the quickest that exists for recovery.',
        ],
        prerequisites: ['None'],
        risks: ['Until then the worst case stands in the range'],
        rollback: 'None needed.',
        verification: 'At least half of what matters is measured.',
        hours: [0.5, 1],
        effect: () => ({ kind: 'doubt' }),
      },
    ],
    verify: () => [{ metric: 'coverage', op: '>=', target: 0.5, windowHours: 48 }],
  },
];

const NAMES = { gap: 'runs', capacity: 'space', integrity: 'data and malware', recover: 'restores' } as const;

function inputHypothesis({ input, facts }: Pick<Case, 'input' | 'facts'>, text: string): Hypothesis {
  const of = { source: 'risk_input', id: input?.worker ?? '', asOf: facts.assessment.now };
  return {
    text,
    cites: [
      { ...of, field: 'status', value: input?.status ?? null },
      { ...of, field: 'age_hours', value: input?.ageHours ?? null },
      { ...of, field: 'completeness', value: input?.completeness ?? null },
      ...(input?.missing ?? []).map((value) => ({ ...of, field: 'missing', value })),
    ],
  };
}

function refresh({ input }: Case) {
  return input
    ? ({ kind: 'changes', changes: [{ kind: 'refresh_input', worker: input.worker }] } as const)
    : null;
}

function inputIsFresh({ input }: Case) {
  return [{ metric: `input_age:${input?.worker ?? ''}`, op: '<=', target: 1, windowHours: 24 }] as const;
}
