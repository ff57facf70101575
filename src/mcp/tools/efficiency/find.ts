import type { SourcePair } from '../../../queries/efficiency-filter.ts';
import { AnswerError } from '../../errors.ts';
import { nearestNames } from '../../suggest.ts';
import { cleanText, quoteCell } from '../../untrusted.ts';
import { matching } from '../capacity/find-repositories.ts';

type Named = SourcePair & { name: string };

const MANY = { job: 'jobs', machine: 'machines', repository: 'repositories' };

/**
 * Those that somebody means: the one with that id, else those with that name, else those that fit the pattern.
 * @throws AnswerError with the nearest names if there is none
 */
export function findNamed(all: readonly Named[], wanted: string, what: keyof typeof MANY): SourcePair[] {
  const id = wanted.trim().toLowerCase();
  const byId = all.filter((one) => one.id.toLowerCase() === id);
  const found = byId.length > 0 ? byId : matching(all, wanted);
  if (found.length > 0) return found.map((one) => ({ sourceId: one.sourceId, id: one.id }));
  throw new AnswerError(explain(all, wanted, what));
}

function explain(all: readonly Named[], wanted: string, what: keyof typeof MANY): string {
  const start = wanted.includes('*') ? `No ${what} fits the pattern` : `There is no ${what}`;
  const asked = `${start} ${JSON.stringify(cleanText(wanted, 100))} among ${all.length} ${MANY[what]} with backups.`;
  const nearest = nearestNames(
    wanted.replaceAll('*', ''),
    all.map(({ name }) => cleanText(name)),
  );
  if (nearest.length === 0) return asked;
  return [
    `${asked} The nearest names are:`,
    ...nearest.map((name) => `- ${quoteCell(name, 300)}`),
    `Give one of them, a ${what} id, or a pattern with * (letter case and accents do not matter).`,
  ].join('\n');
}
