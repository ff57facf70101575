import type pg from 'pg';
import type { History } from './history.ts';

/** One way to ask a tool. `pages`: so many pages are turned before the one that is measured. */
export type Question = { tool: string; what: string; args: Record<string, unknown>; pages?: number };

/** Names that the questions are about, and moments; of one database. */
type Subjects = {
  failingJob: string;
  failingJobName: string;
  machine: string;
  machineName: string;
  repository: string;
  oldestFailure: string;
  oldestFailureJob: string;
  /** A moment with results, 200 days back or as far as there is history, and one four days before. */
  back: string;
  before: string;
};

const UNKNOWN = 'no-such-thing-zzqx';

/** The usual questions of each tool and the worst that its arguments allow. */
export function questionsOf(subjects: Subjects): Question[] {
  const {
    failingJob,
    failingJobName,
    machine,
    machineName,
    repository,
    oldestFailure,
    oldestFailureJob,
    back,
    before,
  } = subjects;
  const lists: [string, Record<string, unknown>][] = [
    ['get_health_status', { status: 'ALL' }],
    ['get_capacity_forecast', { status: 'ALL' }],
    ['get_efficiency_metrics', { status: 'ALL' }],
    ['get_recovery_performance', { status: 'ALL' }],
    ['analyze_risks', {}],
    ['get_remediation_plan', { status: 'ALL' }],
    ['what_changed', { since: '7d' }],
    ['get_data_freshness', {}],
  ];
  return [
    ...lists.flatMap(([tool, args]) => [
      { tool, what: 'usual', args: {} },
      ...(tool === 'what_changed' ? [] : [{ tool, what: 'as of then', args: { as_of: back } }]),
      { tool, what: 'all, 50 rows, detailed', args: { ...args, limit: 50, detail: 'detailed' } },
      { tool, what: 'tenth page', args: { ...args, limit: 5 }, pages: 9 },
    ]),
    { tool: 'get_health_status', what: 'one job', args: { job: failingJob, history: '90d' } },
    { tool: 'get_health_status', what: 'one job then', args: { job: failingJob, as_of: back } },
    { tool: 'get_health_status', what: 'pattern', args: { job: '*1*', limit: 50 } },
    { tool: 'get_health_status', what: 'unknown name', args: { job: UNKNOWN } },
    { tool: 'get_health_status', what: 'history', args: { history: '365d' } },
    {
      tool: 'get_capacity_forecast',
      what: 'one repository, all of it',
      args: { repository, include: ['history', 'attribution', 'ledger', 'accuracy', 'events'] },
    },
    { tool: 'get_capacity_forecast', what: 'one repository then', args: { repository, as_of: back } },
    { tool: 'get_capacity_forecast', what: 'unknown name', args: { repository: UNKNOWN } },
    {
      tool: 'get_capacity_forecast',
      what: 'what if',
      args: { repository, what_if: { kind: 'lead_time', days: 30 } },
    },
    {
      tool: 'get_efficiency_metrics',
      what: 'all lists',
      args: { include: ['anomalies', 'reclaimable', 'repositories', 'history'], limit: 50 },
    },
    { tool: 'get_efficiency_metrics', what: 'one job', args: { job: failingJob } },
    { tool: 'get_efficiency_metrics', what: 'one job then', args: { job: failingJob, as_of: back } },
    { tool: 'get_efficiency_metrics', what: 'one machine', args: { workload: machine } },
    { tool: 'get_efficiency_metrics', what: 'changes', args: { changes: '30d' } },
    { tool: 'get_efficiency_metrics', what: 'history', args: { history: '365d' } },
    { tool: 'get_efficiency_metrics', what: 'unknown name', args: { job: UNKNOWN } },
    { tool: 'get_recovery_performance', what: 'one machine', args: { workload: machine } },
    { tool: 'get_recovery_performance', what: 'one machine then', args: { workload: machine, as_of: back } },
    {
      tool: 'get_recovery_performance',
      what: 'all lists',
      args: { include: ['coverage', 'trials', 'locations', 'next_tests', 'mass_restore'], limit: 50 },
    },
    { tool: 'get_recovery_performance', what: 'of one job', args: { job: failingJob, status: 'ALL' } },
    { tool: 'get_recovery_performance', what: 'unknown name', args: { workload: UNKNOWN } },
    {
      tool: 'get_recovery_performance',
      what: 'what if',
      args: { what_if: { kind: 'mass_restore', machines: 1_000 } },
    },
    { tool: 'analyze_risks', what: 'one machine', args: { item: machine } },
    { tool: 'analyze_risks', what: 'one machine then', args: { item: machine, as_of: back } },
    {
      tool: 'analyze_risks',
      what: 'compliance, inputs, unprotected',
      args: { include: ['compliance', 'inputs', 'unprotected'], limit: 50 },
    },
    { tool: 'analyze_risks', what: 'changes', args: { changed_since: '7d' } },
    { tool: 'analyze_risks', what: 'unknown name', args: { item: UNKNOWN } },
    { tool: 'get_remediation_plan', what: 'history', args: { history: '365d' } },
    { tool: 'get_remediation_plan', what: 'of one job', args: { risk: failingJob } },
    { tool: 'get_remediation_plan', what: 'unknown name', args: { risk: UNKNOWN } },
    { tool: 'explain_failure', what: 'usual', args: { job: failingJobName } },
    { tool: 'explain_failure', what: 'the oldest', args: { job: oldestFailureJob, session: oldestFailure } },
    { tool: 'explain_failure', what: 'of a machine', args: { workload: machineName } },
    { tool: 'explain_failure', what: 'then', args: { job: failingJob, as_of: back } },
    { tool: 'explain_failure', what: 'unknown name', args: { job: UNKNOWN } },
    { tool: 'explain_failure', what: 'unknown session', args: { job: failingJob, session: UNKNOWN } },
    { tool: 'what_changed', what: 'then', args: { since: before, as_of: back } },
    { tool: 'what_changed', what: 'since then', args: { since: back } },
    {
      tool: 'what_changed',
      what: 'since then, 50 rows, detailed',
      args: { since: back, limit: 50, detail: 'detailed' },
    },
    { tool: 'get_workload', what: 'usual', args: { workload: machine } },
    { tool: 'get_workload', what: 'by name', args: { workload: machineName } },
    { tool: 'get_workload', what: 'pattern', args: { workload: `*${machineName.slice(1, 4)}*` } },
    { tool: 'get_workload', what: 'then', args: { workload: machine, as_of: back } },
    { tool: 'get_workload', what: 'unknown name', args: { workload: UNKNOWN } },
    { tool: 'find', what: 'a part of a name', args: { name: failingJobName.slice(2, 8) } },
    { tool: 'find', what: 'one letter', args: { name: 'e', limit: 50 } },
    { tool: 'find', what: 'then', args: { name: 'sql', as_of: back } },
    { tool: 'find', what: 'an id', args: { name: machine } },
    { tool: 'find', what: 'unknown name', args: { name: UNKNOWN } },
    { tool: 'find', what: 'tenth page', args: { name: 'e', limit: 5 }, pages: 9 },
  ];
}

/** Chosen in each database by the same rules, so that the same thing is asked about in all. */
export async function readSubjects(client: pg.Client, now: Date, history: History): Promise<Subjects> {
  const one = async (text: string): Promise<Record<string, string>> =>
    (await client.query<Record<string, string>>(text)).rows[0] ?? {};
  const job = await one(`
    select h.job_id as id, h.job_name as name from job_health h join run r using (source_id, run_id)
     where h.status = 'FAILING' and h.last_failure_reason is not null
     order by r.finished_at desc, h.failure_count desc, h.job_id limit 1`);
  const machine = await one(`
    select w.workload_id as id, w.name from workload_recovery w join run r using (source_id, run_id)
     where w.restore_points > 0 order by r.finished_at desc, w.tier nulls last, w.trials desc, w.workload_id limit 1`);
  const repository = await one('select repository_id as id from repository order by name limit 1');
  const failure = await one(`
    select session_id as id, job_id as job from session
     where result = 'Failed' and created_at > '${new Date(now.getTime() - 85 * 86_400_000).toISOString()}' and (source_id, job_id) in (select source_id, job_id from job) order by created_at, session_id limit 1`);
  return {
    failingJob: job.id ?? '',
    failingJobName: job.name ?? '',
    machine: machine.id ?? '',
    machineName: machine.name ?? '',
    repository: repository.id ?? '',
    oldestFailure: failure.id ?? '',
    oldestFailureJob: failure.job ?? '',
    before: new Date(now.getTime() - (history.askedDays + 4) * 86_400_000).toISOString(),
    back: new Date(now.getTime() - history.askedDays * 86_400_000).toISOString(),
  };
}
