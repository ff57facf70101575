import type { BusinessContext } from '../src/business/context.ts';
import { loadBusinessContext } from '../src/business/load.ts';
import { asReader, asRiskReader, asRunReader, type RunReader } from '../src/db/connect.ts';
import type { Databases } from '../src/db/database.ts';
import type { Log } from '../src/log.ts';
import { type Advisor, type AdvisorOptions, listSources, runAdvisor } from '../src/pipeline/advisor.ts';
import type { RunSummary } from '../src/pipeline/run-worker.ts';
import { createRemediation } from './remediation/remediation.ts';
import { createRisk } from './risk/risk.ts';

/** The workers that only read tables, in the order in which one rests on the other. */
export const ADVISORS = {
  risk: createRisk,
  remediation: createRemediation,
} as const satisfies Record<string, (business: BusinessContext) => Advisor>;

export type Advising = keyof typeof ADVISORS;

export type AdvisorRun = RunSummary & { sourceId: string };

export type AdvisorRunOptions = {
  log: Log;
  clock: () => Date;
  /** Told what a run is doing, in words for a person. */
  progress?: (text: string) => void;
  /** What dr365.toml says; without it all defaults. */
  business?: BusinessContext;
  /** Ends the runs under way before they conclude. */
  signal?: AbortSignal | undefined;
};

/** One run of an advisor on every source that ever answered. @returns a summary each; failures are in them, not thrown */
export async function runAdvisorOnce(
  name: Advising,
  databases: Databases,
  options: AdvisorRunOptions,
): Promise<AdvisorRun[]> {
  const runs: AdvisorRun[] = [];
  for (const sourceId of await listSources(databases))
    runs.push(await runOn(name, databases, sourceId, options));
  return runs;
}

/**
 * The chain of advisors on one source, each where it is due. Several processes may be at it: whether it is due is asked again
 * once the lock is taken, and where another process is at a link, what rests on it is left to that one.
 */
export async function runDueOn(
  names: readonly Advising[],
  databases: Databases,
  sourceId: string,
  options: AdvisorRunOptions,
): Promise<AdvisorRun[]> {
  const runs: AdvisorRun[] = [];
  for (const name of names) {
    const isWanted = () => isDue(name, databases, sourceId, options.clock());
    if (options.signal?.aborted || !(await isWanted())) continue;
    const run = await runOn(name, databases, sourceId, { ...options, isWanted });
    runs.push(run);
    if (run.status === 'busy') break;
  }
  return runs;
}

const HOUR_MS = 3_600_000;
const COLLECTORS = ['health', 'capacity', 'efficiency', 'rto'];

/**
 * Whether there is something new to conclude from: what the advisor rests on has ended a run, in whatever way, since its own
 * last one began; or that is more than an hour ago, as ages grow by themselves.
 */
export async function isDue(
  name: Advising,
  { metrics, risk }: Databases,
  sourceId: string,
  now: Date,
): Promise<boolean> {
  const own = asRunReader(asRiskReader(risk.db));
  const last = await newest(own, 'started_at', sourceId, [name]);
  if (last === null || now.getTime() - last.getTime() > HOUR_MS) return true;
  const rests = name === 'risk' ? asRunReader(asReader(metrics.db)) : own;
  const ended = await newest(rests, 'finished_at', sourceId, name === 'risk' ? COLLECTORS : ['risk']);
  return ended !== null && ended > last;
}

/** Of runs that ended by themselves: one that was stopped, or whose process died, is tried again at once. */
async function newest(
  db: RunReader,
  column: 'started_at' | 'finished_at',
  sourceId: string,
  workers: readonly string[],
): Promise<Date | null> {
  const row = await db
    .selectFrom('run')
    .select((run) => run.fn.max(column).as('at'))
    .where('source_id', '=', sourceId)
    .where('worker', 'in', [...workers])
    .where('status', 'in', ['succeeded', 'partial', 'failed'])
    .where((or) => or.or([or('error_code', 'is', null), or('error_code', '<>', 'stopped')]))
    .executeTakeFirst();
  return row?.at ?? null;
}

async function runOn(
  name: Advising,
  databases: Databases,
  sourceId: string,
  {
    business = loadBusinessContext(undefined),
    ...options
  }: AdvisorRunOptions & Pick<AdvisorOptions, 'isWanted'>,
): Promise<AdvisorRun> {
  return { ...(await runAdvisor(ADVISORS[name](business), databases, sourceId, options)), sourceId };
}
