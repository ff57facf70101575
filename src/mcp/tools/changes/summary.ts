import type { Comparison } from './compare.ts';
import type { ChangesAnswer } from './shape.ts';

type Head = { comparisons: readonly Comparison[]; counts: ChangesAnswer['counts']; isNextPage: boolean };

const SHOWN = ['risks', 'findings', 'capacity', 'configuration', 'plans', 'scores'];

/** What was not measured first, then how much of what changed. */
export function summarise({ comparisons, counts, isNextPage }: Head): string {
  if (isNextPage) return 'Next changes.';
  const compared = comparisons.filter(({ basis }) => basis === 'COMPARED').length;
  const parts = SHOWN.flatMap((list) => {
    const own = Object.entries(counts[list] ?? {});
    return own.length > 0
      ? [`${list}: ${own.map(([change, count]) => `${count} ${words(change)}`).join(', ')}`]
      : [];
  });
  const nothing = compared > 0 ? 'Nothing changed in what was compared.' : 'Nothing can be compared.';
  return [gaps(comparisons), parts.length > 0 ? `${parts.join('; ')}.` : nothing].filter(Boolean).join(' ');
}

const words = (change: string) => change.toLowerCase().replaceAll('_', ' ');

function gaps(comparisons: readonly Comparison[]): string {
  const without = comparisons.filter(({ basis }) => basis !== 'COMPARED');
  const hidden = comparisons.filter(({ unreadNow }) => unreadNow.length > 0);
  const workers = (own: readonly Comparison[]) =>
    [...new Set(own.map(({ worker }) => worker))].sort().join(', ');
  const lines = [];
  if (without.length > 0)
    lines.push(
      `NOT MEASURED: ${without.length} of ${comparisons.length} data sets have no two runs to compare (${workers(without)}).`,
    );
  if (hidden.length > 0)
    lines.push(`Endpoints that are no longer read in full may hide changes (${workers(hidden)}).`);
  return lines.join(' ');
}
