import type { MetricsReader } from '../../../db/connect.ts';
import { listJobNames } from '../../../queries/health.ts';
import { AnswerError } from '../../errors.ts';
import { foldName, nearestNames, toMatcher } from '../../suggest.ts';
import { cleanText, quoteCell } from '../../untrusted.ts';
import type { HealthScope } from './health-scope.ts';

export type FoundJob = { sourceId: string; jobId: string };

/**
 * The jobs that somebody means: the one with that id, else those with that name, else those that fit the pattern.
 * @throws AnswerError with the nearest names if there is none
 */
export async function findJobs(
  db: MetricsReader,
  { runs }: HealthScope,
  wanted: string,
): Promise<FoundJob[]> {
  const all = await listJobNames(db, runs);
  const byId = all.filter(({ jobId }) => jobId.toLowerCase() === wanted.trim().toLowerCase());
  if (byId.length > 0) return byId;
  // Names are compared as they are shown too: hidden characters in a name cannot be typed.
  const folded = foldName(wanted);
  const byName = all.filter(
    ({ jobName }) => foldName(jobName) === folded || foldName(cleanText(jobName)) === folded,
  );
  if (byName.length > 0) return byName;
  const matches = toMatcher(wanted);
  const byPattern = wanted.includes('*')
    ? all.filter(({ jobName }) => matches(jobName) || matches(cleanText(jobName)))
    : [];
  if (byPattern.length > 0) return byPattern;
  throw new AnswerError(
    explainUnknown(
      wanted,
      all.map(({ jobName }) => cleanText(jobName)),
    ),
  );
}

function explainUnknown(wanted: string, names: string[]): string {
  const what = wanted.includes('*') ? 'No job fits the pattern' : 'There is no job';
  const asked = `${what} ${JSON.stringify(cleanText(wanted, 100))} among ${names.length} jobs.`;
  const nearest = nearestNames(wanted.replaceAll('*', ''), names);
  if (nearest.length === 0) return asked;
  return [
    `${asked} The nearest names are:`,
    ...nearest.map((name) => `- ${quoteCell(name, 300)}`),
    'Give one of them, a job id, or a pattern with * (letter case and accents do not matter).',
  ].join('\n');
}
