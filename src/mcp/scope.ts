import type { MetricsReader, RunReader } from '../db/connect.ts';
import { type AgedRun, toAgedRun } from '../queries/aged-runs.ts';
import { getHistoryStart, type WorkerRuns } from '../queries/data-freshness.ts';
import { isRetired, listSources, listTimeZones, type SourceName } from '../queries/freshness.ts';
import { readLimit } from '../queries/reader-limit.ts';
import { type AnswerBase, caveats, inputCaveats, type SourceFreshness } from './answer.ts';
import type { Page } from './cursor.ts';
import { assertSameRuns } from './cursor.ts';
import { AnswerError } from './errors.ts';
import { isoSeconds } from './markdown.ts';
import { parseMoment } from './moment.ts';
import { readCompleteness, readSources, readTroubledInputs, toSourcesPart } from './sources.ts';
import { foldName, nearestNames, toMatcher } from './suggest.ts';
import { cleanText, quoteCell } from './untrusted.ts';

/** A run to answer from, and the moment at which the facts behind it were known. */
export type ScopeRun = AgedRun & { knownAt: Date };

/** The last run that concluded; undefined: none had. */
export function toScopeRun(runs: WorkerRuns, asOf: Date): ScopeRun | undefined {
  const [last] = runs.concluded;
  const aged = toAgedRun(runs, { worker: runs.worker, asOf });
  return last && aged && { ...aged, knownAt: last.startedAt };
}

/** What a question is about: the moment, the sources, and the last concluded run of each at that moment. */
export type Scope = {
  asOf: Date;
  /** Zone in which days are meant: that of the first source. */
  zone: string;
  sources: SourceFreshness[];
  /** Of risks and plans: what they rest on and is old, or did not conclude at its last run. */
  troubledInputs: SourceFreshness[];
  runs: ScopeRun[];
  completeness: AnswerBase['completeness'];
  /** Why there is nothing to answer from; undefined if there is a run. */
  emptyBecause: string | undefined;
};

export type ScopeQuestion = {
  worker: string;
  now: Date;
  asOf: string | undefined;
  source: string | undefined;
  page: Page | undefined;
};

/**
 * Finds the runs that answer a question.
 * @param records where the runs of the worker are recorded, if that is not the metrics database
 * @throws AnswerError for a moment or a source that does not exist, and for a cursor whose runs are gone
 */
export async function openScope(
  db: MetricsReader,
  question: ScopeQuestion,
  records: RunReader = db,
): Promise<Scope> {
  const { worker, page } = question;
  const { known, chosen, zone, asOf } = await openMoment(db, question);
  const sourceIds = chosen.map(({ sourceId }) => sourceId);
  const { runs: found, sources } = await readSources(db, { worker, sourceIds, asOf }, records);
  const runs = found.flatMap((one) => toScopeRun(one, asOf) ?? []);
  if (page)
    assertSameRuns(
      page,
      runs.map(({ runId }) => runId),
    );
  const completeness = await readCompleteness(records, runs);
  const historyStart = runs.length > 0 ? null : await getHistoryStart(records, { worker, sourceIds });
  const emptyBecause =
    runs.length > 0
      ? undefined
      : historyStart
        ? explainEarlier(worker, historyStart)
        : explainEmpty(known, sources, worker, await readLimit(db));
  const troubledInputs = ADVISORS.has(worker) ? await readTroubledInputs(db, { sourceIds, asOf }) : [];
  return { asOf, zone, sources, troubledInputs, runs, completeness, emptyBecause };
}

/** What a question is about before its runs are looked at: which sources, in which zone, and when. */
export async function openMoment(
  db: MetricsReader,
  question: Omit<ScopeQuestion, 'worker'>,
): Promise<{ known: SourceName[]; chosen: SourceName[]; zone: string; asOf: Date }> {
  const known = await listSources(db);
  const chosen = chooseSources(known, question.source);
  const zones = await listTimeZones(db);
  const zone =
    chosen.map(({ sourceId }) => zones.get(sourceId)).find((found) => found !== undefined) ?? 'UTC';
  const asOf = momentOf(question, zone, question.now);
  if (question.source !== undefined) assertOneThere(chosen, asOf);
  return { known, chosen: chosen.filter((source) => !isRetired(source, asOf)), zone, asOf };
}

/** The parts of the contract that the runs decide. */
export function toBase({ asOf, sources, troubledInputs, completeness }: Scope, summary: string): AnswerBase {
  const inputs = inputCaveats(troubledInputs, sources.length);
  return {
    summary: [caveats(sources), inputs, summary].filter(Boolean).join(' '),
    as_of: asOf.toISOString(),
    ...toSourcesPart([...sources, ...troubledInputs]),
    completeness,
    not_known: [],
    next_steps: [],
  };
}

/** @throws AnswerError if each of the sources that were asked for had been retired by then */
function assertOneThere(chosen: readonly SourceName[], asOf: Date): void {
  if (chosen.length === 0 || !chosen.every((source) => isRetired(source, asOf))) return;
  const ends = chosen.flatMap(({ retiredAt }) => retiredAt?.getTime() ?? []);
  const names = chosen.map(({ name }) => JSON.stringify(cleanText(name, 80))).join(', ');
  throw new AnswerError(
    `Retired on ${isoSeconds(new Date(Math.min(...ends)))}, so that nothing is known of it since: ${names}. What was known before is there: give as_of.`,
  );
}

function momentOf({ asOf, page }: Omit<ScopeQuestion, 'worker'>, zone: string, now: Date): Date {
  if (!asOf) return page?.asOf ?? now;
  const moment = parseMoment(asOf, now, zone);
  if (page && page.asOf.getTime() !== moment.getTime()) {
    throw new AnswerError(
      'cursor carries the moment of its first page: leave as_of out when you give a cursor.',
    );
  }
  return moment;
}

function chooseSources(known: SourceName[], wanted: string | undefined): SourceName[] {
  if (wanted === undefined || known.length === 0) return known;
  const byId = known.filter(({ sourceId }) => sourceId === wanted);
  if (byId.length > 0) return byId;
  const matches = toMatcher(wanted);
  const byName = known.filter(({ name }) => matches(name));
  if (byName.length > 0) return byName;
  const nearest = nearestNames(
    foldName(wanted),
    known.map(({ name }) => name),
  );
  throw new AnswerError(
    `There is no source ${JSON.stringify(cleanText(wanted, 80))}. The nearest names are:\n${nearest.map((name) => `- ${quoteCell(name)}`).join('\n')}`,
  );
}

/** Workers that only conclude from what the others collected: by themselves they would find nothing. */
const ADVISORS: ReadonlySet<string> = new Set(['risk', 'remediation']);

const explainEarlier = (worker: string, start: Date) =>
  `There is no result of the ${worker} worker of that moment: its history starts at ${isoSeconds(start)}. Earlier there was none, or it is not kept any more.`;

/** @param limitedTo tenants that the login is limited to; null: it sees all */
export function explainEmpty(
  known: SourceName[],
  sources: SourceFreshness[],
  worker: string,
  limitedTo: readonly string[] | null,
): string {
  if (limitedTo && known.length === 0)
    return `${toLimit(limitedTo)}, and no source that has been read has such a tenant: whoever runs dr365 has to give sources their tenants (DOCS/tenants.md).`;
  if (known.length === 0) {
    return (
      'Nothing has been collected yet: no backup server and no Azure vault is known. Set VEEAM_SERVER, VEEAM_USERNAME and VEEAM_PASSWORD ' +
      '(of Azure AZURE_SUBSCRIPTION_ID and the login), ' +
      `then run "npm run ${ADVISORS.has(worker) ? 'workers' : `worker:${worker}`}".`
    );
  }
  if (sources.length === 0)
    return known.some(({ retiredAt }) => retiredAt)
      ? 'At that moment there was no source: those that are known came later, or were retired before ("dr365 source list").'
      : 'At that moment no source was known yet.';
  const [error] = sources.flatMap(({ last_run }) => last_run?.error ?? []);
  if (error)
    return `There is no finished run of the ${worker} worker at that moment; the last one did not conclude: ${error.meaning}.`;
  if (limitedTo)
    return `There is no run of the ${worker} worker at that moment that the login of this server may see: none has ended since its sources got their tenant.`;
  if (sources.some(({ running_since }) => running_since)) {
    return `There is no finished run of the ${worker} worker at that moment; the first one is under way.`;
  }
  return `There is no run of the ${worker} worker at that moment. Start one with "npm run worker:${worker}".`;
}

/** What the login of the server sees, as the start of a sentence. */
export const toLimit = (tenants: readonly string[]): string =>
  tenants.length === 0
    ? 'The login of this server is limited to tenants and has none'
    : `The login of this server sees the sources of ${tenants.length === 1 ? 'the tenant' : 'the tenants'} ${tenants.join(', ')} only`;
