import type { MetricsReader } from '../../../db/connect.ts';
import { listJobsOfFailedObject } from '../../../queries/failure.ts';
import { listJobNames } from '../../../queries/health.ts';
import { listWorkloadBackups } from '../../../queries/workload.ts';
import { AnswerError } from '../../errors.ts';
import type { ScopeRun } from '../../scope.ts';
import { cleanText, quoteCell } from '../../untrusted.ts';
import { explainUnknown, matching } from '../capacity/find-repositories.ts';
import { findMachines, type Machine } from '../workload/find-machines.ts';

export type SubjectJob = { sourceId: string; id: string; name: string };

/** The one job that is meant. @throws AnswerError if there is none, or several */
export async function findJob(db: MetricsReader, runs: ScopeRun[], wanted: string): Promise<SubjectJob> {
  const all = (await listJobNames(db, runs)).map(({ sourceId, jobId, jobName }) => ({
    sourceId,
    id: jobId,
    name: jobName,
  }));
  const id = wanted.trim().toLowerCase();
  const byId = all.filter((job) => job.id.toLowerCase() === id);
  const found = byId.length > 0 ? byId : matching(all, wanted);
  const names = all.map(({ name }) => name);
  if (found.length === 0) throw new AnswerError(explainUnknown(wanted, 'job', names));
  return onlyOf(found, 'job');
}

/**
 * The one machine that is meant: by an id that protection of it, by a name all that are of the same machine, first the one it
 * is listed with. @throws AnswerError if there is none, or several
 */
export async function findMachine(db: MetricsReader, runs: ScopeRun[], wanted: string): Promise<Machine[]> {
  const { machines } = await findMachines(db, runs, wanted);
  const asked = machines.filter(({ relation }) => relation === 'ASKED');
  const isId = asked.some(({ id }) => id.toLowerCase() === wanted.trim().toLowerCase());
  if (isId || !machines.some(({ isHome }) => isHome)) return [onlyOf(asked, 'workload')];
  const protections = machines.filter(({ relation }) => relation !== 'SAME_NAME');
  const byMachine = Map.groupBy(protections, ({ machineKey }) => machineKey);
  const { machineKey } = onlyOf(
    [...byMachine.values()].flatMap(([first]) => first ?? []),
    'workload',
  );
  return byMachine.get(machineKey) ?? [];
}

/** Ids of the jobs whose backups hold a machine, and of those in which something of its name failed since a moment. */
export async function listJobIdsOf(
  db: MetricsReader,
  { sourceId, id: workloadId, name }: Machine,
  { known, since }: { known: { rto: Date; health: Date }; since: Date },
): Promise<string[]> {
  const backups = await listWorkloadBackups(db, { sourceId, workloadId, knownAt: known.rto });
  const failed = await listJobsOfFailedObject(db, { sourceId, knownAt: known.health, name, since });
  return [...new Set([...backups.flatMap(({ jobId }) => jobId ?? []), ...failed])];
}

const MOST_NAMED = 8;

function onlyOf<T extends { sourceId: string; id: string; name: string }>(
  found: readonly T[],
  what: string,
): T {
  const [first] = found;
  if (first && found.length === 1) return first;
  const named = found
    .slice(0, MOST_NAMED)
    .map(
      ({ name, id, sourceId }) =>
        `- ${quoteCell(name, 300)}, id ${quoteCell(id)}, source ${quoteCell(cleanText(sourceId, 100))}`,
    );
  const more = found.length > MOST_NAMED ? [`and ${found.length - MOST_NAMED} more`] : [];
  throw new AnswerError(
    [
      `${found.length} of kind ${what} fit; explain_failure is about one. Give its id, or its source:`,
      ...named,
      ...more,
    ].join('\n'),
  );
}
