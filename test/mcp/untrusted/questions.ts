import type { Asking, Row } from '../contract/asking.ts';

export type Question = { tool: string; args: Row };

const EVERY: Record<string, readonly Row[]> = {
  analyze_risks: [{}, { changed_since: '7d' }, { flag: 'NOT_TESTED' }],
  find: [
    { name: 'zqj' },
    { name: 'zqn', kind: 'repository' },
    { name: 'zqn', kind: 'host' },
    { name: 'zqj', limit: 40 },
  ],
  get_capacity_forecast: [{}, { include: ['events', 'attribution', 'ledger', 'accuracy'] }],
  get_data_freshness: [{}],
  get_efficiency_metrics: [
    {},
    { include: ['anomalies', 'reclaimable', 'repositories'], source: '127.0.0.1' },
    { changes: '7d' },
    { status: 'ENTROPY_SUSPECT' },
  ],
  get_health_status: [{}, { status: 'ALL' }, { finding: 'MALWARE_DETECTED' }, { history: '14d' }],
  get_recovery_performance: [
    {},
    { include: ['coverage', 'next_tests', 'mass_restore', 'locations', 'trials'] },
    { status: 'RPO_BREACHED', what_if: { kind: 'target', rto_minutes: 60 } },
  ],
  get_remediation_plan: [{}, { history: '30d' }],
  get_workload: [{ workload: '*' }],
  what_changed: [{}, { since: '30d' }],
};

/** Names of the field that has ids, and what to ask about each. */
const ABOUT: readonly [tool: string, list: string, id: string, ask: (id: string) => Question][] = [
  ['get_health_status', 'jobs', 'job_id', (job) => ({ tool: 'get_health_status', args: { job } })],
  ['get_health_status', 'jobs', 'job_id', (job) => ({ tool: 'explain_failure', args: { job } })],
  ['analyze_risks', 'risks', 'item_id', (item) => ({ tool: 'analyze_risks', args: { item } })],
  ['analyze_risks', 'risks', 'item_id', (risk) => ({ tool: 'get_remediation_plan', args: { risk } })],
  [
    'get_capacity_forecast',
    'repositories',
    'repository_id',
    (repository) => ({ tool: 'get_capacity_forecast', args: { repository } }),
  ],
  [
    'get_efficiency_metrics',
    'jobs',
    'job_id',
    (job) => ({ tool: 'get_efficiency_metrics', args: { job, include: ['anomalies', 'reclaimable'] } }),
  ],
  [
    'get_recovery_performance',
    'workloads',
    'workload_id',
    (workload) => ({ tool: 'get_recovery_performance', args: { workload } }),
  ],
  [
    'get_recovery_performance',
    'workloads',
    'workload_id',
    (workload) => ({ tool: 'get_workload', args: { workload } }),
  ],
];
const ROWS = { limit: 3 };
const MOST_OF_A_LIST = 2;

/** All tools in both details: what is asked without knowing anything, and about what the answers name first. */
export async function questionsFor(asking: Asking, now: Date): Promise<Question[]> {
  const plain = Object.entries(EVERY).flatMap(([tool, many]) => many.map((args) => ({ tool, args })));
  const about: Question[] = [];
  for (const [tool, list, id, ask] of ABOUT) {
    const { data } = await asking.ask(tool, { limit: 20 }, now);
    const ids = (data[list] as Row[]).map((row) => String(row[id])).filter((one) => /^[\w:/.-]+$/.test(one));
    about.push(...ids.slice(0, MOST_OF_A_LIST).map(ask));
  }
  about.push(...(await failures(asking, now)));
  return [...plain, ...about].flatMap(({ tool, args }) =>
    ['concise', 'detailed'].map((detail) => ({ tool, args: { ...ROWS, ...args, detail } })),
  );
}

/** Every job in trouble: their messages are not those of others. */
async function failures(asking: Asking, now: Date): Promise<Question[]> {
  const { data } = await asking.ask('get_health_status', { status: 'FAILING', limit: 50 }, now);
  return (data.jobs as Row[]).map(({ job_id }) => ({ tool: 'explain_failure', args: { job: job_id } }));
}
