import type { MetricsReader } from '../../../db/connect.ts';
import {
  listHoldingRepositories,
  listProtectingJobNames,
  listWorkloadNames,
  type NamedId,
} from '../../../queries/recovery.ts';
import { AnswerError } from '../../errors.ts';
import type { ScopeRun } from '../../scope.ts';
import { nearestNames } from '../../suggest.ts';
import { cleanText, quoteCell } from '../../untrusted.ts';
import { matching } from '../capacity/find-repositories.ts';

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
  return among(await LIST[kind](db, runs), kind, wanted);
}

/** Several wanted workloads, each of which has to exist, together and once. */
export async function findWorkloads(
  db: MetricsReader,
  runs: ScopeRun[],
  wanted: readonly string[],
): Promise<NamedId[]> {
  const all = await listWorkloadNames(db, runs);
  return [...new Set(wanted.flatMap((one) => among(all, 'workload', one)))];
}

function among(all: NamedId[], kind: Kind, wanted: string): NamedId[] {
  const byId = all.filter(({ id }) => id.toLowerCase() === wanted.trim().toLowerCase());
  if (byId.length > 0) return byId;
  const found = matching(all, wanted);
  if (found.length > 0) return found;
  throw new AnswerError(
    explainUnknown(
      wanted,
      kind,
      all.map(({ name }) => name),
    ),
  );
}

const MANY: Record<Kind, string> = {
  workload: 'workloads that have restore points',
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
