import type { AnswerBase } from '../answer.ts';
import { momentText } from './scales.ts';

const MOST = 5;

/** A line for each source whose last run did not conclude or whose data is old: what is drawn of it may not hold any more. */
export function troubleLines({ sources = [] }: Partial<Pick<AnswerBase, 'sources'>>): string[] {
  const lines = sources.flatMap(({ name, worker, last_run, stale, last_success_at }) => {
    if (!last_run?.error && !stale) return [];
    const since = last_success_at ? `data of ${momentText(last_success_at)}` : 'nothing was read yet';
    return [`${name}, ${worker}: ${last_run?.error ? 'LAST RUN FAILED' : 'STALE'}, ${since}.`];
  });
  const left = lines.length - MOST;
  return left > 0 ? [...lines.slice(0, MOST), `${left} more sources are old or failed.`] : lines;
}
