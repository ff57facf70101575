import type { DataRow, FreshnessAnswer } from './shape.ts';

/** One or two sentences: how much is fresh, what is not, and how old the oldest is. */
export function summarise(
  { sources, data_sets, by_state, by_outcome, oldest_age_hours, running }: FreshnessAnswer['estate'],
  rows: readonly DataRow[],
  isNextPage: boolean,
): string {
  if (isNextPage) return 'Next rows.';
  const fresh = by_state.fresh ?? 0;
  const rest = Object.entries(by_state).filter(([state]) => state !== 'fresh');
  const bad = rest.map(([state, count]) => `${count} ${state.replaceAll('_', ' ')}`).join(', ');
  const unread = Object.entries(by_outcome).map(([outcome, count]) => `${count} ${outcome}`);
  return [
    `${fresh} of ${data_sets} data sets (worker and source) of ${sources} source${sources === 1 ? '' : 's'} are fresh and complete${bad ? `: ${bad}` : ''}.`,
    onlyError(rows),
    oldest_age_hours === null ? 'Nothing was collected yet.' : `The oldest is ${oldest_age_hours} h old.`,
    unread.length > 0 ? `Endpoints not read in full: ${unread.join(', ')}.` : '',
    running > 0 ? `${running} runs are under way.` : '',
  ]
    .filter(Boolean)
    .join(' ');
}

/** If all that failed failed for one reason, that is the news. */
function onlyError(rows: readonly DataRow[]): string {
  const meanings = new Set(rows.flatMap(({ last_run }) => last_run?.error?.meaning ?? []));
  const [only] = meanings;
  return only && meanings.size === 1 ? `The last run did not conclude: ${only}.` : '';
}
