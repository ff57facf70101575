import { TOOLS } from '../../src/mcp/tools.ts';
import { createTestDatabase } from '../support/database.ts';
import { simulate } from '../support/simulated.ts';
import { runRound } from './azure-estate.ts';
import { type Asking, openAsking, type Row } from './contract/asking.ts';

const DAY = 24 * 3_600_000;

export type ReplayOptions = {
  days: number;
  jobs: number;
  vaults: number;
  azureItems: number;
  /** Told after each day. */
  onDay?: (day: number, answers: number) => void;
};

/** An answer that was other when it was asked again, with where the two begin to differ. */
export type Difference = { day: number; tool: string; args: Row; was: string; is: string };
export type Replayed = { answers: number; refused: number; tools: number; different: Difference[] };

type Recorded = { day: number; tool: string; args: Row; asOf: unknown; bytes: string };

/**
 * A backup server and some vaults live through so many days; some days a source is not read, or nobody concludes. All tools are
 * asked every day, and after the last one everything is asked again with the moment of the answer.
 */
export async function replay({ days, jobs, vaults, azureItems, onDay }: ReplayOptions): Promise<Replayed> {
  const size = { jobs, azureVaults: vaults, azureItems, azureDays: 12, days: 12, azurePort: 0 };
  await using simulator = await simulate({ scenario: 'azure-mixed-machines', ...size });
  await using database = await createTestDatabase();
  await using asking = openAsking(database);
  const recorded: Recorded[] = [];
  let refused = 0;
  let end = simulator.clock.now();
  for (let day = 0; day < days; day += 1) {
    if (day > 0) simulator.clock.advance(DAY);
    const now = simulator.clock.now();
    await runRound(simulator, database, { now, veeam: day % 7 !== 3, azure: day % 7 !== 5 });
    end = new Date(now.getTime() + 600_000);
    const asked = await askDay(asking, end, day);
    recorded.push(...asked.recorded);
    refused += asked.refused;
    onDay?.(day, recorded.length);
  }
  const different: Difference[] = [];
  for (const { day, tool, args, asOf, bytes } of recorded) {
    const again = await asking.call(tool, { ...args, ...(args.cursor ? {} : { as_of: asOf }) }, end);
    const is = again.isError ? again.text : bytesOf(again);
    if (is !== bytes) different.push({ day, tool, args, ...firstDifference(bytes, is) });
  }
  const tools = new Set(recorded.map(({ tool }) => tool)).size;
  return { answers: recorded.length, refused, tools, different };
}

/** How many tools there are to be asked. */
export const TOOL_COUNT = TOOLS.length;

const bytesOf = ({ text, structured }: { text: string; structured: unknown }) =>
  `${text}\n${JSON.stringify(structured)}`;

const AROUND = 120;

function firstDifference(was: string, is: string): { was: string; is: string } {
  let at = 0;
  while (at < was.length && was[at] === is[at]) at += 1;
  const cut = (text: string) => text.slice(Math.max(0, at - AROUND), at + AROUND);
  return { was: cut(was), is: cut(is) };
}

/** The questions of one day, of everything and of the first things that the answers name. */
async function askDay(
  asking: Asking,
  now: Date,
  day: number,
): Promise<{ recorded: Recorded[]; refused: number }> {
  const recorded: Recorded[] = [];
  let refused = 0;
  const ask = async (tool: string, args: Row): Promise<Row> => {
    const result = await asking.call(tool, args, now);
    if (result.isError) {
      refused += 1;
      return {};
    }
    const data = result.structured as Row;
    recorded.push({ day, tool, args, asOf: data.as_of, bytes: bytesOf({ ...result, structured: data }) });
    return data;
  };
  const first = (rows: unknown) => (Array.isArray(rows) ? (rows[0] as Row | undefined) : undefined);
  const health = await ask('get_health_status', {});
  if (health.next_cursor) await ask('get_health_status', { cursor: health.next_cursor });
  await ask('get_health_status', { status: 'ALL', detail: 'detailed', history: '30d' });
  const machine = first((await ask('get_recovery_performance', {})).workloads);
  const job = first((await ask('get_health_status', { status: 'ALL', limit: 1 })).jobs);
  const about = { source: job?.source_id, job: job?.job_id };
  for (const tool of ['get_health_status', 'explain_failure', 'get_efficiency_metrics'])
    await ask(tool, about);
  const workload = { source: machine?.source_id, workload: machine?.workload_id };
  for (const tool of ['get_recovery_performance', 'get_workload', 'explain_failure'])
    await ask(tool, workload);
  const lists = ['coverage', 'trials', 'locations', 'next_tests', 'mass_restore'];
  await ask('get_recovery_performance', { include: lists, detail: 'detailed' });
  await ask('get_recovery_performance', { what_if: { kind: 'target', rto_minutes: 120, rpo_hours: 12 } });
  await ask('get_recovery_performance', { what_if: { kind: 'mass_restore', slots: 3 } });
  const place = first((await ask('get_capacity_forecast', {})).repositories);
  const repository = { source: place?.source_id, repository: place?.repository_id };
  await ask('get_capacity_forecast', { ...repository, detail: 'detailed', history: '30d' });
  await ask('get_capacity_forecast', { ...repository, what_if: { kind: 'more_space', add_tb: 5 } });
  await ask('get_efficiency_metrics', { include: ['anomalies', 'reclaimable', 'repositories'] });
  await ask('get_efficiency_metrics', { changes: '7d' });
  const risk = first((await ask('analyze_risks', {})).risks);
  await ask('analyze_risks', { include: ['compliance', 'inputs', 'unprotected'] });
  await ask('analyze_risks', { item: risk?.item_id, source: risk?.source_id });
  await ask('analyze_risks', { changed_since: '3d' });
  if (about.job)
    await ask('analyze_risks', {
      source: about.source,
      what_if: [{ kind: 'fix_job', job: about.job }],
    });
  await ask('get_remediation_plan', {});
  await ask('get_remediation_plan', { limit: 1 });
  await ask('get_remediation_plan', { history: '30d' });
  await ask('find', { name: 'e' });
  await ask('what_changed', {});
  await ask('what_changed', { since: '7d', detail: 'detailed' });
  await ask('get_data_freshness', { detail: 'detailed' });
  return { recorded, refused };
}
