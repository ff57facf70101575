import type { MetricsReader } from '../../../db/connect.ts';
import { type Forecast, listCapacitySummaries, listForecasts } from '../../../queries/capacity.ts';
import { listStoredBackups, type StoredBackup } from '../../../queries/capacity-jobs.ts';
import { AnswerError } from '../../errors.ts';
import type { ScopeRun } from '../../scope.ts';
import { cleanText, quoteCell } from '../../untrusted.ts';
import type { CapacityScope } from './capacity-scope.ts';
import { explainUnknown, type FoundRepository, findRepositories, matching } from './find-repositories.ts';

/**
 * The one repository that a plan is about.
 * @throws AnswerError if none is named, or the name fits none or several
 */
export async function findTarget(
  db: MetricsReader,
  scope: CapacityScope,
  { wanted, field, runs = scope.runs }: { wanted: string | undefined; field: string; runs?: ScopeRun[] },
): Promise<Forecast> {
  if (wanted === undefined) {
    throw new AnswerError(
      'what_if: say which repository the plan is about, as repository or as what_if.repository.',
    );
  }
  const found = await findRepositories(db, runs, wanted);
  const [only] = found;
  if (found.length !== 1 || !only) throw new AnswerError(explainSeveral(field, wanted, found));
  return getForecast(db, scope, only);
}

function explainSeveral(field: string, wanted: string, found: readonly FoundRepository[]): string {
  const ids = found
    .slice(0, 5)
    .map(({ name, repositoryId }) => `- ${quoteCell(name)}, id ${quoteCell(repositoryId)}`);
  return [
    `${field} ${JSON.stringify(cleanText(wanted, 100))} fits ${found.length}; a plan is about one. Give an id, or source beside a name:`,
    ...ids,
  ].join('\n');
}

/** The forecast of a repository that is known to be there. */
export async function getForecast(
  db: MetricsReader,
  scope: CapacityScope,
  { sourceId, repositoryId }: Pick<FoundRepository, 'sourceId' | 'repositoryId'>,
): Promise<Forecast> {
  const runs = scope.runs.filter((run) => run.sourceId === sourceId);
  const [forecast] = await listForecasts(db, { runs, filter: { repositoryIds: [repositoryId] }, limit: 1 });
  if (!forecast) throw new Error('a repository that was found by its name has no forecast');
  return forecast;
}

export type JobBackups = { run: ScopeRun; jobId: string; name: string; backups: StoredBackup[] };

/**
 * The one job that a plan is about, with its backups.
 * @throws AnswerError if it fits none or several
 */
export async function findJobBackups(
  db: MetricsReader,
  scope: CapacityScope,
  wanted: string,
): Promise<JobBackups> {
  const jobs: JobBackups[] = [];
  for (const summary of await listCapacitySummaries(db, scope.runs)) {
    const run = scope.runs.find(({ sourceId }) => sourceId === summary.sourceId) as ScopeRun;
    jobs.push(...(await listJobs(db, run, summary.concludedAt)));
  }
  const byId = jobs.filter(({ jobId }) => jobId.toLowerCase() === wanted.trim().toLowerCase());
  const found = byId.length > 0 ? byId : matching(jobs, wanted);
  const [only] = found;
  if (!only) {
    const names = jobs.map(({ name }) => name);
    throw new AnswerError(explainUnknown(wanted, 'job', names));
  }
  if (found.length === 1) return only;
  const ids = found.slice(0, 5).map(({ name, jobId }) => `- ${quoteCell(name)}, id ${quoteCell(jobId)}`);
  throw new AnswerError(
    [
      `job ${JSON.stringify(cleanText(wanted, 100))} fits ${found.length} jobs with backups; a plan is about one. Give an id, or source beside a name:`,
      ...ids,
    ].join('\n'),
  );
}

async function listJobs(db: MetricsReader, run: ScopeRun, sampledAt: Date): Promise<JobBackups[]> {
  const known = await listStoredBackups(db, { ...run, sampledAt });
  const stored = known.filter(({ jobId }) => jobId !== null);
  return [...Map.groupBy(stored, ({ jobId }) => jobId as string)].map(([jobId, backups]) => ({
    run,
    jobId,
    name: backups[0]?.jobName ?? backups[0]?.name ?? jobId,
    backups,
  }));
}
