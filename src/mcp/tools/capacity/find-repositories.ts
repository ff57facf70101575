import type { MetricsReader } from '../../../db/connect.ts';
import { listRepositoryNames } from '../../../queries/capacity.ts';
import type { RunKey } from '../../../queries/health.ts';
import { AnswerError } from '../../errors.ts';
import { foldName, nearestNames, toMatcher } from '../../suggest.ts';
import { cleanText, quoteCell } from '../../untrusted.ts';

export type FoundRepository = { sourceId: string; repositoryId: string; name: string; kind: string };

/**
 * The repositories that somebody means: the one with that id, else those with that name, else those that fit the pattern.
 * @throws AnswerError with the nearest names if there is none
 */
export async function findRepositories(
  db: MetricsReader,
  runs: RunKey[],
  wanted: string,
): Promise<FoundRepository[]> {
  const all = await listRepositoryNames(db, runs);
  const byId = all.filter(({ repositoryId }) => repositoryId.toLowerCase() === wanted.trim().toLowerCase());
  if (byId.length > 0) return byId;
  const found = matching(all, wanted);
  if (found.length > 0) return found;
  throw new AnswerError(
    explainUnknown(
      wanted,
      'repository',
      all.map(({ name }) => name),
    ),
  );
}

/** Those with exactly that name, as stored or as shown (hidden characters cannot be typed); else those that fit a pattern. */
export function matching<T extends { name: string }>(all: readonly T[], wanted: string): T[] {
  const folded = foldName(wanted);
  const byName = all.filter(({ name }) => foldName(name) === folded || foldName(cleanText(name)) === folded);
  if (byName.length > 0 || !wanted.includes('*')) return byName;
  const fits = toMatcher(wanted);
  return all.filter(({ name }) => fits(name) || fits(cleanText(name)));
}

/** What is said where nothing fits: how much there is, and the nearest names. */
export function explainUnknown(wanted: string, what: 'repository' | 'job', names: string[]): string {
  const many = what === 'job' ? 'jobs' : 'repositories';
  const start = wanted.includes('*') ? `No ${what} fits the pattern` : `There is no ${what}`;
  const asked = `${start} ${JSON.stringify(cleanText(wanted, 100))} among ${names.length} ${many}.`;
  const nearest = nearestNames(
    wanted.replaceAll('*', ''),
    names.map((name) => cleanText(name)),
  );
  if (nearest.length === 0) return asked;
  return [
    `${asked} The nearest names are:`,
    ...nearest.map((name) => `- ${quoteCell(name, 300)}`),
    `Give one of them, a ${what} id, or a pattern with * (letter case and accents do not matter).`,
  ].join('\n');
}
