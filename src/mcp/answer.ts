import * as z from 'zod';
import { paragraphs } from './markdown.ts';
import { quoteCell } from './untrusted.ts';

/** How old the data of one worker on one source is. */
export const sourceFreshness = z.object({
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
      error: z.object({ code: z.string(), meaning: z.string(), message: z.string().optional() }).optional(),
    })
    .nullable(),
  running_since: z.string().nullable(),
  thinned_at: z.string().optional().describe('A newer run ended then, of which only the record is kept'),
});
export type SourceFreshness = z.infer<typeof sourceFreshness>;

/** Of a source in a list: that its last run did not conclude, or that what is said of it is old. */
export const dataState = z.enum(['failed', 'stale']).optional();
export type DataState = z.infer<typeof dataState>;

export const incompleteEndpoint = z.object({
  source_id: z.string(),
  endpoint: z.string(),
  outcome: z.string(),
  rows_fetched: z.number(),
  rows_total: z.number().nullable(),
  reason: z.string().nullable(),
});

/** What every answer of every tool says, whatever it is about. The parts are merged into each tool's output schema. */
export const answerShape = {
  summary: z.string().describe('One or two sentences in our words and numbers'),
  as_of: z.string().describe('The moment this answer is about, ISO 8601'),
  sources: z.array(sourceFreshness).describe('Age of the data per source and worker'),
  sources_counts: z.record(z.string(), z.number()).optional(),
  completeness: z
    .object({
      endpoints: z.number(),
      complete: z.number(),
      not_complete: z.array(incompleteEndpoint),
      not_shown: z.number().optional(),
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

/** "4 sources", or of more than are shown how many are and how many are not. */
export function sourcesShown(shown: number, all: number): string {
  return all > shown ? `${shown} sources (${all - shown} more are not shown)` : `${shown} sources`;
}

const answerSchema = z.object(answerShape);
export type AnswerBase = z.infer<typeof answerSchema>;
export type NextStep = AnswerBase['next_steps'][number];

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
  const distinct = (rows: SourceFreshness[]) => new Set(rows.map(({ source_id }) => source_id)).size;
  if (first && sources.length === 1) {
    lines.push(`STALE: the data is ${first.age_hours} h old, expected at most ${first.stale_after_hours} h.`);
  } else if (first) lines.push(`STALE data of ${distinct(stale)} of ${distinct(sources)} sources.`);
  const thinned = sources.filter(({ thinned_at }) => thinned_at !== undefined);
  const [early] = thinned;
  if (early && sources.length === 1)
    lines.push(
      `THINNED: of so long ago one run a day or week is kept; this rests on run ${early.run_id} of ${early.last_success_at}.`,
    );
  else if (early)
    lines.push(
      `THINNED: of so long ago one run a day or week is kept; ${distinct(thinned)} of ${distinct(sources)} sources answer from an earlier one.`,
    );
  const troubled = sources.filter(({ last_run }) => last_run?.error);
  const [error] = troubled.map(({ last_run }) => last_run?.error);
  if (error && sources.length === 1) lines.push(`The last run did not conclude: ${error.meaning}.`);
  else if (error)
    lines.push(`The last run of ${distinct(troubled)} of ${distinct(sources)} sources did not conclude.`);
  return lines.join(' ');
}

/**
 * What has to be said of inputs that are old or whose last run did not conclude: which workers, on how many sources, and why.
 * @param inputs those in trouble
 * @param all how many sources the answer is about
 */
export function inputCaveats(inputs: readonly SourceFreshness[], all: number): string {
  const failed = inputs.filter(({ last_run }) => last_run?.error);
  const old = inputs.filter(({ last_run }) => !last_run?.error);
  const meanings = [...new Set(failed.map(({ last_run }) => last_run?.error?.meaning))].join('; ');
  return [
    failed.length > 0 ? `FAILED last runs of inputs: ${inputsText(failed, all)} (${meanings}).` : '',
    old.length > 0 ? `STALE inputs: ${inputsText(old, all)}.` : '',
  ]
    .filter(Boolean)
    .join(' ');
}

function inputsText(inputs: readonly SourceFreshness[], all: number): string {
  const workers = [...new Set(inputs.map(({ worker }) => worker))].toSorted().join(', ');
  return `${workers} on ${new Set(inputs.map(({ source_id }) => source_id)).size} of ${all} sources`;
}

/** The common end of every text: the same facts as in the structured content, a line each. */
export function renderBase(answer: AnswerBase): string {
  const { completeness, not_known, next_steps, omitted, next_cursor } = answer;
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
    renderData(answer),
    incomplete.length > 0
      ? [
          `Not read completely (${completeness.complete} of ${completeness.endpoints} endpoints were):`,
          ...incomplete,
          ...(completeness.not_shown ? [`- and ${completeness.not_shown} more: get_data_freshness`] : []),
        ].join('\n')
      : '',
    not_known.length > 0
      ? ['Not known:', ...not_known.map((text) => `- ${quoteCell(text, 300)}`)].join('\n')
      : '',
    next_steps.length > 0 ? ['Next:', ...next_steps.map(renderStep)].join('\n') : '',
  ]);
}

/** A line for each source that is shown; of many that are all fresh the oldest says it. */
function renderData({ sources, sources_counts }: AnswerBase): string {
  const [oldest] = sources;
  if (!oldest) return '';
  if (!sources_counts) return ['Data:', ...sources.map(renderSource)].join('\n');
  const { not_shown, ...counts } = sources_counts;
  if (Object.keys(counts).every((state) => state === 'fresh'))
    return `Data, ${counts.fresh} fresh; the oldest:\n${renderSource(oldest)}`;
  const states = Object.entries(counts).map(([state, count]) => `${count} ${state.replaceAll('_', ' ')}`);
  const head = `Data, ${states.join(', ')}; the worst first, ${not_shown} not shown:`;
  return [head, ...sources.map(renderSource)].join('\n');
}

function renderSource(source: SourceFreshness): string {
  const { last_run } = source;
  const name = `- ${quoteCell(source.name)} ${source.worker}:`;
  const age = source.last_success_at
    ? ` last ${source.run_status === 'partial' ? 'run, PARTIAL,' : 'good run'} ${source.last_success_at}, ${source.age_hours} h old, ${source.stale ? 'STALE' : 'fresh'} (limit ${source.stale_after_hours} h, ${source.stale_basis})`
    : ' no finished run';
  const running =
    (source.running_since ? `; a run is under way since ${source.running_since}` : '') +
    (source.thinned_at ? `; newer runs up to ${source.thinned_at} are thinned out` : '');
  if (!last_run || last_run.run_id === source.run_id) return name + age + running;
  const message = last_run.error?.message ? `: ${quoteCell(last_run.error.message, 200)}` : '';
  const error = last_run.error ? ` (${last_run.error.code}, ${last_run.error.meaning}${message})` : '';
  return `${name}${age}; latest run ${last_run.at} ${last_run.status}${error}${running}`;
}

const renderStep = ({ tool, arguments: args, reason }: NextStep) =>
  `- ${tool} ${JSON.stringify(args)}: ${reason}`;
