import type { DataState, SourceFreshness } from './answer.ts';
import { troubleOf } from './sources.ts';
import { quoteCell } from './untrusted.ts';

type Mark = { data_state?: NonNullable<DataState> };

/** The mark of a source, if it needs one. */
export function markOf(source: SourceFreshness | undefined): Mark {
  const trouble = troubleOf(source);
  return trouble ? { data_state: trouble } : {};
}

/** The mark of a source by several workers: a run that did not conclude counts more than old data. */
export function worstMark(sources: readonly SourceFreshness[]): Mark {
  const marks = sources.map(troubleOf);
  const worst = marks.find((mark) => mark === 'failed') ?? marks.find((mark) => mark === 'stale');
  return worst ? { data_state: worst } : {};
}

/** The name of a source in a table. */
export const markedName = (name: string, state: DataState): string =>
  quoteCell(name) + (state === undefined ? '' : ` ${MARKS[state]}`);

const MARKS = { failed: 'LAST RUN FAILED', stale: 'STALE' };
