import { expectedHours, FEWEST_GAPS, staleAfterHours, usualHours } from '../analysis/health/rhythm.ts';
import type { MetricsReader, RunReader } from '../db/connect.ts';
import { SOURCE_ERROR_MEANINGS } from '../errors.ts';
import {
  countEndpoints,
  listUnreadEndpoints,
  listWorkerRuns,
  type WorkerRuns,
} from '../queries/data-freshness.ts';
import { listSourcesAt, type SourceRuns } from '../queries/freshness.ts';
import type { AnswerBase, SourceFreshness } from './answer.ts';
import { isoSeconds, round } from './markdown.ts';
import { type DataState, STATES } from './states.ts';
import { sum } from './tally.ts';
import { cleanText } from './untrusted.ts';
import { isVault } from './vaults.ts';

const HOUR_MS = 3_600_000;

/** How old the data of each source is, and what its last run came to, as known at `asOf`. */
export async function readSources(
  db: MetricsReader,
  { worker, sourceIds, asOf }: { worker: string; sourceIds: string[]; asOf: Date },
  records: RunReader = db,
): Promise<{ runs: WorkerRuns[]; sources: SourceFreshness[] }> {
  const wanted = new Set(sourceIds);
  const all = sourceIds.length > 0 ? await listSourcesAt(db, asOf) : [];
  const sources = all.filter(({ sourceId }) => wanted.has(sourceId));
  const runs = await listWorkerRuns(records, { workers: [worker], sources, asOf });
  return { runs, sources: runs.map((source) => toFreshness(source, asOf)) };
}

/** What risks and plans are concluded from. */
const COLLECTORS = ['health', 'capacity', 'efficiency', 'rto'];

/** Inputs of risks and plans that are old, or whose last run did not conclude, the worst first. */
export async function readTroubledInputs(
  db: MetricsReader,
  { sourceIds, asOf }: { sourceIds: string[]; asOf: Date },
): Promise<SourceFreshness[]> {
  if (sourceIds.length === 0) return [];
  const wanted = new Set(sourceIds);
  const sources = (await listSourcesAt(db, asOf)).filter(({ sourceId }) => wanted.has(sourceId));
  const runs = await listWorkerRuns(db, { workers: COLLECTORS, sources, asOf });
  return runs
    .map((source) => toFreshness(source, asOf))
    .filter((source) => troubleOf(source) !== undefined)
    .toSorted(byUrgency);
}

/** The state of data that must not be shown unmarked; undefined: its last run went well and it is not old. */
export function troubleOf(source: SourceFreshness | undefined): 'failed' | 'stale' | undefined {
  const state = source && stateOf(source);
  return state === 'failed' || state === 'stale' ? state : undefined;
}

/** Age and limit of what one worker knows of one source at `asOf`. */
export function toFreshness(source: WorkerRuns, asOf: Date): SourceFreshness {
  const [last] = source.concluded;
  const ends = source.concluded.map(({ finishedAt }) => finishedAt.getTime());
  const staleAfter = staleAfterHours(expectedHours(ends, usualHours(source.worker)));
  const age = last ? (asOf.getTime() - last.finishedAt.getTime()) / HOUR_MS : null;
  // What was thinned out later was there then: the worker was not late.
  const sinceRun = last ? (asOf.getTime() - (source.thinnedAt ?? last.finishedAt).getTime()) / HOUR_MS : null;
  return {
    source_id: source.sourceId,
    name: cleanText(source.name, 100),
    worker: source.worker,
    run_id: last?.runId ?? null,
    run_status: last ? (last.status === 'partial' ? 'partial' : 'succeeded') : null,
    last_success_at: isoSeconds(last?.finishedAt ?? null),
    age_hours: round(age, 2),
    stale: sinceRun === null || sinceRun > staleAfter,
    stale_after_hours: round(staleAfter, 2),
    stale_basis: ends.length > FEWEST_GAPS ? 'observed' : 'default',
    last_run: source.latest ? toLastRun(source.latest, source.sourceId) : null,
    running_since: isoSeconds(source.runningSince),
    ...(source.thinnedAt && { thinned_at: source.thinnedAt.toISOString() }),
  };
}

function toLastRun(
  run: NonNullable<SourceRuns['latest']>,
  sourceId: string,
): NonNullable<SourceFreshness['last_run']> {
  const at = isoSeconds(run.finishedAt ?? run.startedAt);
  const shown = { run_id: run.runId, status: run.status, at };
  if (run.status === 'abandoned') {
    return { ...shown, error: { code: 'abandoned', meaning: 'the worker ended before the run did' } };
  }
  if (run.status !== 'failed') return shown;
  const code = cleanText(run.errorCode ?? 'internal', 40);
  const isRoleMissing = code === 'forbidden' && isVault(sourceId);
  const meaning = isRoleMissing
    ? `${SOURCE_ERROR_MEANINGS.forbidden}: it needs the role Backup Reader there`
    : SOURCE_ERROR_MEANINGS[code];
  if (!meaning)
    return { ...shown, error: { code, meaning: 'internal error; the log of the worker says more' } };
  return { ...shown, error: { code, meaning, message: cleanText(run.errorMessage ?? '') } };
}

/** The worst that is to be said: a last run that failed comes before data that is old, and that before data with gaps. */
export function stateOf({ run_id, run_status, stale, last_run }: SourceFreshness): DataState {
  if (last_run?.error) return 'failed';
  if (run_id === null) return 'never_ran';
  if (stale) return 'stale';
  return run_status === 'partial' ? 'partial' : 'fresh';
}

/** So many rows are shown as they are; of more the worst, one fewer. */
const MOST_SOURCES = 6;

/** The sources as an answer shows them: all of a few, else the worst ones and how many there are of each state. */
export function toSourcesPart(
  sources: readonly SourceFreshness[],
): Pick<AnswerBase, 'sources' | 'sources_counts'> {
  if (sources.length <= MOST_SOURCES) return { sources: [...sources] };
  const shown = sources.toSorted(byUrgency).slice(0, MOST_SOURCES - 1);
  const counts = STATES.map(
    (state) => [state, sources.filter((one) => stateOf(one) === state).length] as const,
  );
  return {
    sources: shown,
    sources_counts: {
      ...Object.fromEntries(counts.filter(([, count]) => count > 0)),
      not_shown: sources.length - shown.length,
    },
  };
}

/** The worst state first, then the oldest data. */
function byUrgency(a: SourceFreshness, b: SourceFreshness): number {
  const age = ({ age_hours }: SourceFreshness) => age_hours ?? Number.MAX_VALUE;
  return (
    STATES.indexOf(stateOf(a)) - STATES.indexOf(stateOf(b)) ||
    age(b) - age(a) ||
    (a.source_id < b.source_id ? -1 : a.source_id > b.source_id ? 1 : a.worker < b.worker ? -1 : 1)
  );
}

/** Endpoints that are named, of few sources and of many. */
const MOST_ENDPOINTS = 20;
const MOST_ENDPOINTS_OF_MANY = 5;

/** Completeness of the runs an answer rests on, what could not be read at all first. */
export async function readCompleteness(
  db: RunReader,
  runs: { sourceId: string; runId: string }[],
): Promise<AnswerBase['completeness']> {
  const limit = runs.length > MOST_SOURCES ? MOST_ENDPOINTS_OF_MANY : MOST_ENDPOINTS;
  const unread = await listUnreadEndpoints(db, runs, limit);
  const counts = await countEndpoints(db, runs);
  const all = sum(counts.map(({ endpoints }) => endpoints));
  const complete = sum(counts.map(({ outcome, endpoints }) => (outcome === 'complete' ? endpoints : 0)));
  const left = all - complete - unread.length;
  return {
    endpoints: all,
    complete,
    not_complete: unread.map((row) => ({
      source_id: row.sourceId,
      endpoint: cleanText(row.endpoint, 120),
      outcome: row.outcome,
      rows_fetched: row.rowsFetched,
      rows_total: row.rowsTotal,
      reason: row.reason === null ? null : cleanText(row.reason, 200),
    })),
    ...(left > 0 ? { not_shown: left } : {}),
  };
}
