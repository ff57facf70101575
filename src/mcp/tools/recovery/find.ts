import type { MetricsReader } from '../../../db/connect.ts';
import type { OtherProtection } from '../../../queries/machines.ts';
import {
  listHoldingRepositories,
  listProtectingJobNames,
  listWorkloadNames,
  type NamedId,
} from '../../../queries/recovery.ts';
import { listKnownJobs } from '../../../queries/recovery-facts.ts';
import { AnswerError } from '../../errors.ts';
import type { ScopeRun } from '../../scope.ts';
import { nearestNames } from '../../suggest.ts';
import { cleanText, quoteCell } from '../../untrusted.ts';
import { matching } from '../capacity/find-repositories.ts';
import type { RecoveryScope } from './recovery-scope.ts';

export type Kind = 'workload' | 'job' | 'repository';

const LIST: Record<Kind, (db: MetricsReader, runs: ScopeRun[]) => Promise<NamedId[]>> = {
  workload: listWorkloadNames,
  job: listProtectingJobNames,
  repository: listHoldingRepositories,
};

/**
 * What somebody means: what has that id, else what has that name, else what fits the pattern.
 * @throws AnswerError with the nearest names if there is nothing
 */
export async function findNamed(
  db: MetricsReader,
  runs: ScopeRun[],
  kind: Kind,
  wanted: string,
): Promise<NamedId[]> {
  const all = await LIST[kind](db, runs);
  const found = fitting(all, wanted);
  if (found.length > 0) return found;
  if (kind === 'job') {
    const jobs = fitting(await listKnownJobs(db, runs), wanted);
    if (jobs.length > 0) throw new AnswerError(explainEmpty(jobs));
  }
  return among(all, kind, wanted);
}

/** Machines under the protection that they are listed with, each once. */
export function atHome(found: readonly NamedId[], elsewhere: readonly OtherProtection[]): NamedId[] {
  if (elsewhere.length === 0) return [...found];
  const homes = new Map(elsewhere.map((one) => [`${one.sourceId} ${one.workloadId}`, one]));
  const moved = found.map((one) => {
    const home = homes.get(`${one.sourceId} ${one.id}`);
    return home ? { ...one, sourceId: home.homeSourceId, id: home.homeWorkloadId } : one;
  });
  return [...new Map(moved.map((one) => [`${one.sourceId} ${one.id}`, one])).values()];
}

/** Ids of repositories, also as machines of other sources have them among their places: behind the id of the source. */
export const withPlacesElsewhere = (places: readonly NamedId[]): string[] => [
  ...new Set(places.flatMap(({ sourceId, id }) => [id, `${sourceId}/${id}`])),
];

/** Several wanted workloads, each of which has to exist, together and once. */
export async function findWorkloads(
  db: MetricsReader,
  { runs, elsewhere }: Pick<RecoveryScope, 'runs' | 'elsewhere'>,
  wanted: readonly string[],
): Promise<NamedId[]> {
  const all = await listWorkloadNames(db, runs);
  return atHome([...new Set(wanted.flatMap((one) => among(all, 'workload', one)))], elsewhere);
}

function among(all: NamedId[], kind: Kind, wanted: string): NamedId[] {
  const found = fitting(all, wanted);
  if (found.length > 0) return found;
  throw new AnswerError(
    explainUnknown(
      wanted,
      kind,
      all.map(({ name }) => name),
    ),
  );
}

function fitting(all: NamedId[], wanted: string): NamedId[] {
  const byId = all.filter(({ id }) => id.toLowerCase() === wanted.trim().toLowerCase());
  return byId.length > 0 ? byId : matching(all, wanted);
}

/** There is such a job, which is another thing than a wrong name: it has left nothing that could be restored. */
function explainEmpty(jobs: readonly NamedId[]): string {
  const [first, ...more] = jobs.map(({ name }) => quoteCell(name, 300));
  const others = more.length > 0 ? ` and ${more.length} more that fit` : '';
  return `Job ${first}${others}: there is such a job, and no backup with restore points of it is known, so nothing can be restored from it. Machines without any point have status RPO_NEVER; get_health_status says how the job runs.`;
}

const MANY: Record<Kind, string> = {
  workload: 'workloads',
  job: 'jobs that protect a workload',
  repository: 'repositories that hold restore points',
};

function explainUnknown(wanted: string, kind: Kind, names: string[]): string {
  const start = wanted.includes('*') ? `No ${kind} fits the pattern` : `There is no ${kind}`;
  const asked = `${start} ${JSON.stringify(cleanText(wanted, 100))} among ${names.length} ${MANY[kind]}.`;
  const nearest = nearestNames(
    wanted.replaceAll('*', ''),
    names.map((name) => cleanText(name)),
  );
  if (nearest.length === 0) return asked;
  return [
    `${asked} The nearest names are:`,
    ...nearest.map((name) => `- ${quoteCell(name, 300)}`),
    `Give one of them, a ${kind} id, or a pattern with * (letter case and accents do not matter).`,
  ].join('\n');
}
