import { asRunReader, type MetricsReader, type RiskReader } from '../../../db/connect.ts';
import type { AnswerBase, SourceFreshness } from '../../answer.ts';
import { assertSameRuns, type Page } from '../../cursor.ts';
import { AnswerError } from '../../errors.ts';
import { openScope, type Scope, type ScopeRun } from '../../scope.ts';
import { toSourcesPart } from '../../sources.ts';

/** What an answer that rests on several workers is about: one moment, and the last run of each worker per source. */
export type Workers<W extends string> = {
  asOf: Date;
  of: Record<W, Scope>;
  /** Ids of all runs, which a cursor belongs to. */
  runIds: string[];
};

export type WorkersQuestion<W extends string> = {
  workers: readonly W[];
  now: Date;
  asOf: string | undefined;
  source: string | undefined;
  page: Page | undefined;
};

/**
 * Finds the runs of several workers at one moment; those of the advisors in the risk database.
 * @throws AnswerError for a moment or a source that does not exist, and for a cursor whose runs are gone
 */
export async function openWorkers<W extends string>(
  { metrics, risk }: { metrics: MetricsReader; risk?: RiskReader },
  { workers, now, asOf, source, page }: WorkersQuestion<W>,
): Promise<Workers<W>> {
  const of: Partial<Record<W, Scope>> = {};
  let moment = asOf ?? page?.asOf.toISOString();
  let at = now;
  for (const worker of workers) {
    const isAdvisor = worker === 'risk' || worker === 'remediation';
    const records = isAdvisor && risk ? asRunReader(risk) : metrics;
    const scope = await openScope(metrics, { worker, now, asOf: moment, source, page: undefined }, records);
    of[worker] = scope;
    at = scope.asOf;
    moment = at.toISOString();
  }
  const scopes = of as Record<W, Scope>;
  const runIds = workers.flatMap((worker) => scopes[worker].runs.map(({ runId }) => runId));
  if (page && page.asOf.getTime() !== at.getTime())
    throw new AnswerError(
      'cursor carries the moment of its first page: leave as_of out when you give a cursor.',
    );
  if (page) assertSameRuns(page, runIds);
  return { asOf: at, of: scopes, runIds };
}

/** The run of a worker on a source; undefined: none had concluded. */
export const runOn = ({ runs }: Scope, sourceId: string): ScopeRun | undefined =>
  runs.find((run) => run.sourceId === sourceId);

/**
 * The common part of an answer over several workers.
 * @param about sources whose data stands in the answer; empty: all that were looked at
 */
export function baseOf<W extends string>(
  { asOf, of }: Workers<W>,
  summary: string,
  about: ReadonlySet<string> = new Set(),
): AnswerBase {
  const scopes = Object.values<Scope>(of);
  const concerns = ({ source_id }: { source_id: string }) => about.size === 0 || about.has(source_id);
  const sources = scopes.flatMap((scope) => scope.sources).filter(concerns);
  return {
    summary: [caveatsOf(sources), summary].filter(Boolean).join(' '),
    as_of: asOf.toISOString(),
    ...toSourcesPart(sources),
    completeness: completenessOf(scopes, concerns),
    not_known: [],
    next_steps: [],
  };
}

type Completeness = AnswerBase['completeness'];

/** Endpoints that are named; more would leave no room for what was asked. */
const MOST_ENDPOINTS = 8;

function completenessOf(
  scopes: readonly Scope[],
  concerns: (row: Completeness['not_complete'][number]) => boolean,
): Completeness {
  const parts = scopes.map(({ completeness }) => completeness);
  const sum = (of: (part: Completeness) => number) => parts.reduce((total, part) => total + of(part), 0);
  const named = parts.flatMap(({ not_complete }) => not_complete);
  const shown = named.filter(concerns).slice(0, MOST_ENDPOINTS);
  const left = sum(({ not_shown = 0 }) => not_shown) + named.length - shown.length;
  return {
    endpoints: sum(({ endpoints }) => endpoints),
    complete: sum(({ complete }) => complete),
    not_complete: shown,
    ...(left > 0 ? { not_shown: left } : {}),
  };
}

/** Which workers' data is old or came to no conclusion, before any number; a worker that never ran is not silence. */
function caveatsOf(sources: readonly SourceFreshness[]): string {
  const workers = [...new Set(sources.map(({ worker }) => worker))];
  return workers
    .flatMap((worker) => {
      const own = sources.filter((row) => row.worker === worker);
      const old = own.filter(({ stale, run_id }) => stale && run_id !== null);
      const [oldest] = old.toSorted((a, b) => (b.age_hours ?? 0) - (a.age_hours ?? 0));
      const broken = own.find(({ last_run }) => last_run?.error);
      return [
        oldest
          ? `STALE: data of ${worker} is ${oldest.age_hours} h old, expected at most ${oldest.stale_after_hours} h${own.length > 1 ? ` (on ${old.length} of ${own.length} sources)` : ''}.`
          : '',
        broken?.last_run?.error
          ? `The last run of ${worker} did not conclude: ${broken.last_run.error.meaning}.`
          : '',
      ];
    })
    .filter(Boolean)
    .join(' ');
}
