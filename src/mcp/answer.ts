import * as z from 'zod';
import { expectedHours, FEWEST_GAPS, staleAfterHours, usualHours } from '../analysis/health/rhythm.ts';
import type { MetricsReader, RunReader } from '../db/connect.ts';
import { listIncompleteEndpoints, listSourceRuns, type SourceRuns } from '../queries/freshness.ts';
import { isoSeconds, paragraphs, round } from './markdown.ts';
import { cleanText, quoteCell } from './untrusted.ts';

/** What every answer of every tool says, whatever it is about. The parts are merged into each tool's output schema. */
export const answerShape = {
  summary: z.string().describe('One or two sentences in our words and numbers'),
  as_of: z.string().describe('The moment this answer is about, ISO 8601'),
  sources: z
    .array(
      z.object({
        source_id: z.string(),
        name: z.string(),
        worker: z.string(),
        run_id: z.string().nullable(),
        run_status: z.enum(['succeeded', 'partial']).nullable(),
        last_success_at: z.string().nullable(),
        age_hours: z.number().nullable(),
        stale: z.boolean(),
        stale_after_hours: z.number(),
        stale_basis: z.enum(['observed', 'default']),
        last_run: z
          .object({
            run_id: z.string(),
            status: z.enum(['succeeded', 'partial', 'failed', 'abandoned']),
            at: z.string(),
            error: z
              .object({ code: z.string(), meaning: z.string(), message: z.string().optional() })
              .optional(),
          })
          .nullable(),
        running_since: z.string().nullable(),
      }),
    )
    .describe('Age of the data per source and worker'),
  completeness: z
    .object({
      endpoints: z.number(),
      complete: z.number(),
      not_complete: z.array(
        z.object({
          source_id: z.string(),
          endpoint: z.string(),
          outcome: z.string(),
          rows_fetched: z.number(),
          rows_total: z.number().nullable(),
          reason: z.string().nullable(),
        }),
      ),
    })
    .describe('What the run behind this answer could not read in full'),
  not_known: z.array(z.string()),
  next_steps: z.array(
    z.object({
      tool: z.string(),
      arguments: z.record(z.string(), z.union([z.string(), z.number()])),
      reason: z.string(),
    }),
  ),
  omitted: z
    .record(z.string(), z.number())
    .optional()
    .describe('Rows that matched and are not shown, per list'),
  next_cursor: z.string().optional().describe('Pass as cursor, with the same arguments, for the next rows'),
};

const answerSchema = z.object(answerShape);
export type AnswerBase = z.infer<typeof answerSchema>;
export type SourceFreshness = AnswerBase['sources'][number];
export type NextStep = AnswerBase['next_steps'][number];

const HOUR_MS = 3_600_000;

/** How old the data of each source is, and what its last run came to, as known at `asOf`. */
export async function readSources(
  db: MetricsReader,
  { worker, sourceIds, asOf }: { worker: string; sourceIds: string[]; asOf: Date },
  records: RunReader = db,
): Promise<{ runs: SourceRuns[]; sources: SourceFreshness[] }> {
  const runs = await listSourceRuns(db, { worker, sourceIds, asOf }, records);
  return { runs, sources: runs.map((source) => toFreshness(source, worker, asOf)) };
}

function toFreshness(source: SourceRuns, worker: string, asOf: Date): SourceFreshness {
  const [last] = source.concluded;
  const ends = source.concluded.map(({ finishedAt }) => finishedAt.getTime());
  const staleAfter = staleAfterHours(expectedHours(ends, usualHours(worker)));
  const age = last ? (asOf.getTime() - last.finishedAt.getTime()) / HOUR_MS : null;
  return {
    source_id: source.sourceId,
    name: cleanText(source.name, 100),
    worker,
    run_id: last?.runId ?? null,
    run_status: last ? (last.status === 'partial' ? 'partial' : 'succeeded') : null,
    last_success_at: isoSeconds(last?.finishedAt ?? null),
    age_hours: round(age, 2),
    stale: age === null || age > staleAfter,
    stale_after_hours: round(staleAfter, 2),
    stale_basis: ends.length > FEWEST_GAPS ? 'observed' : 'default',
    last_run: source.latest ? toLastRun(source.latest) : null,
    running_since: isoSeconds(source.runningSince),
  };
}

/** The codes of SourceError in our words. Messages of other errors may hold anything, so they stay in the worker's log. */
const MEANINGS: Record<string, string> = {
  unreachable: 'the backup server did not answer',
  tls: 'the certificate of the backup server is not trusted',
  'sign-in': 'the backup server refused the credentials',
  forbidden: 'the account may not read what the run needs',
  'not-found': 'the backup server does not know what was asked',
  rejected: 'the backup server refused the request',
  'server-error': 'the backup server failed to answer',
  throttled: 'the backup server asked to wait for too long',
  'bad-answer': 'the backup server answered in a shape that is not understood',
  'circuit-open': 'the backup server failed too often in a row and was not asked any more',
  budget: 'the request budget of the run was used up',
};

function toLastRun(run: NonNullable<SourceRuns['latest']>): NonNullable<SourceFreshness['last_run']> {
  const at = isoSeconds(run.finishedAt ?? run.startedAt);
  const shown = { run_id: run.runId, status: run.status, at };
  if (run.status === 'abandoned') {
    return { ...shown, error: { code: 'abandoned', meaning: 'the worker ended before the run did' } };
  }
  if (run.status !== 'failed') return shown;
  const code = cleanText(run.errorCode ?? 'internal', 40);
  const meaning = MEANINGS[code];
  if (!meaning)
    return { ...shown, error: { code, meaning: 'internal error; the log of the worker says more' } };
  return { ...shown, error: { code, meaning, message: cleanText(run.errorMessage ?? '') } };
}

/** Completeness of the runs an answer rests on. */
export async function readCompleteness(
  db: RunReader,
  runs: { sourceId: string; runId: string }[],
): Promise<AnswerBase['completeness']> {
  const { endpoints, complete, notComplete } = await listIncompleteEndpoints(db, runs);
  return {
    endpoints,
    complete,
    not_complete: notComplete.map((row) => ({
      source_id: row.sourceId,
      endpoint: cleanText(row.endpoint, 120),
      outcome: row.outcome,
      rows_fetched: row.rowsFetched,
      rows_total: row.rowsTotal,
      reason: row.reason === null ? null : cleanText(row.reason, 200),
    })),
  };
}

/**
 * That a run saw nothing of a kind; that this is not known where the run could not read a list it would stand in.
 * @param endpoints lists that the things stand in, with what is below each
 */
export function sawNone(
  { not_complete }: AnswerBase['completeness'],
  endpoints: readonly string[],
  what: string,
): string {
  const isOf = (endpoint: string) =>
    endpoints.some((one) => endpoint === one || endpoint.startsWith(`${one}/`));
  const unread = not_complete.filter(({ endpoint }) => isOf(endpoint));
  if (unread.length === 0) return `The last run saw no ${what} at all.`;
  const names = [...new Set(unread.map(({ endpoint, outcome }) => `${endpoint} (${outcome})`))].join(', ');
  return `NOT READ: ${names}. Whether there is any ${what} is not known; none is no finding.`;
}

/** What has to be said about the data before any number, in the summary; empty if it is fresh and its last run went well. */
export function caveats(sources: SourceFreshness[]): string {
  const lines: string[] = [];
  const stale = sources.filter(({ stale, run_id }) => stale && run_id !== null);
  const [first] = stale;
  if (first && sources.length === 1) {
    lines.push(`STALE: the data is ${first.age_hours} h old, expected at most ${first.stale_after_hours} h.`);
  } else if (first) lines.push(`STALE data of ${stale.length} of ${sources.length} sources.`);
  const troubled = sources.filter(({ last_run }) => last_run?.error);
  const [error] = troubled.map(({ last_run }) => last_run?.error);
  if (error && sources.length === 1) lines.push(`The last run did not conclude: ${error.meaning}.`);
  else if (error) lines.push(`The last run of ${troubled.length} sources did not conclude.`);
  return lines.join(' ');
}

/** The common end of every text: the same facts as in the structured content, a line each. */
export function renderBase(answer: AnswerBase): string {
  const { sources, completeness, not_known, next_steps, omitted, next_cursor } = answer;
  const incomplete = completeness.not_complete.map(
    ({ endpoint, outcome, rows_fetched, rows_total, reason }) =>
      `- ${quoteCell(endpoint)} ${outcome}: ${rows_fetched} of ${rows_total ?? 'unknown'} rows${reason ? `, ${quoteCell(reason)}` : ''}`,
  );
  const left = Object.entries(omitted ?? {}).map(
    ([list, count]) => `${count} more ${list.replaceAll('_', ' ')}`,
  );
  return paragraphs([
    left.length > 0
      ? `Not shown: ${left.join(', ')}.${next_cursor ? ` For more, repeat the call with cursor=${next_cursor}` : ''}`
      : '',
    sources.length > 0 ? ['Data:', ...sources.map(renderSource)].join('\n') : '',
    incomplete.length > 0
      ? [
          `Not read completely (${completeness.complete} of ${completeness.endpoints} endpoints were):`,
          ...incomplete,
        ].join('\n')
      : '',
    not_known.length > 0
      ? ['Not known:', ...not_known.map((text) => `- ${quoteCell(text, 300)}`)].join('\n')
      : '',
    next_steps.length > 0 ? ['Next:', ...next_steps.map(renderStep)].join('\n') : '',
  ]);
}

function renderSource(source: SourceFreshness): string {
  const { last_run } = source;
  const name = `- ${quoteCell(source.name)} ${source.worker}:`;
  const age = source.last_success_at
    ? ` last ${source.run_status === 'partial' ? 'run, PARTIAL,' : 'good run'} ${source.last_success_at}, ${source.age_hours} h old, ${source.stale ? 'STALE' : 'fresh'} (limit ${source.stale_after_hours} h, ${source.stale_basis})`
    : ' no finished run';
  const running = source.running_since ? `; a run is under way since ${source.running_since}` : '';
  if (!last_run || last_run.run_id === source.run_id) return name + age + running;
  const message = last_run.error?.message ? `: ${quoteCell(last_run.error.message, 200)}` : '';
  const error = last_run.error ? ` (${last_run.error.code}, ${last_run.error.meaning}${message})` : '';
  return `${name}${age}; latest run ${last_run.at} ${last_run.status}${error}${running}`;
}

const renderStep = ({ tool, arguments: args, reason }: NextStep) =>
  `- ${tool} ${JSON.stringify(args)}: ${reason}`;
