import type { MetricsReader } from '../../../db/connect.ts';
import { type CapacitySummary, type Forecast, listRepositoryNames } from '../../../queries/capacity.ts';
import {
  type ExtrasQuestion,
  listAccuracy,
  listAttribution,
  listAttributionTotals,
  listCapacityEvents,
  listLedger,
  sumLedger,
} from '../../../queries/capacity-extras.ts';
import type { RunKey } from '../../../queries/health.ts';
import { isoSeconds } from '../../markdown.ts';
import { cleanText } from '../../untrusted.ts';
import { isVault } from '../../vaults.ts';
import type { CapacityScope } from './capacity-scope.ts';
import { toAccuracyRow, toAttributionRow, toEventRow, toLedgerRow, toLedgerSum } from './extra-rows.ts';
import { readHistory } from './history.ts';
import type { Extra } from './question.ts';
import type { CapacityAnswer } from './shape.ts';
import { changeText } from './sizes.ts';

export type ExtraList = 'events' | 'attribution' | 'ledger' | 'accuracy';
const LISTS: readonly ExtraList[] = ['events', 'attribution', 'ledger', 'accuracy'];

/** The lists that were asked for, how many rows each has in all, and what goes beside them. */
export type Extras = {
  rows: Pick<CapacityAnswer, ExtraList | 'history'>;
  matching: Partial<Record<ExtraList, number>>;
  beside: Pick<CapacityAnswer, 'attribution_totals' | 'ledger_summary' | 'history_step_days'>;
  notKnown: string[];
};

/** What the lists are about: everything, some repositories, or one of them. */
export type ExtrasAbout = {
  ids: string[] | undefined;
  one: Forecast | undefined;
  summaries: CapacitySummary[];
};

/** Reads the lists of an answer, from where the page before ended. */
export async function readExtras(
  db: MetricsReader,
  scope: CapacityScope,
  about: ExtrasAbout,
): Promise<Extras> {
  const wanted = wantedExtras(scope, about.one !== undefined);
  const extras: Extras = { rows: {}, matching: {}, beside: {}, notKnown: [] };
  if (wanted.includes('history') && !scope.page) await addHistory(db, scope, about, extras);
  for (const list of LISTS) {
    if (wanted.includes(list) && isOpen(scope, list)) await ADD[list](db, scope, about, extras);
  }
  if (!about.one) await addNames(db, scope, extras);
  return extras;
}

/** One repository is answered whole, but for the days that fill a page. */
function wantedExtras({ question }: CapacityScope, isOne: boolean): readonly Extra[] {
  const byDefault: readonly Extra[] = isOne && question.what_if === undefined ? LISTS : [];
  const wanted = question.include ?? byDefault;
  return question.history === undefined ? wanted : [...wanted, 'history'];
}

const isOpen = ({ page }: CapacityScope, list: ExtraList) =>
  page === undefined || Boolean(page.positions[list]?.length);

/** Where a list goes on: rows that were shown before. */
export function offsetOf({ page }: CapacityScope, list: ExtraList): number {
  return Number(page?.positions[list]?.[0] ?? 0);
}

/** Over several repositories a row says by name which one it is about. */
async function addNames(db: MetricsReader, { runs }: CapacityScope, { rows }: Extras): Promise<void> {
  const all = [...(rows.attribution ?? []), ...(rows.ledger ?? []), ...(rows.accuracy ?? [])];
  const ids = [...new Set(all.map(({ repository_id }) => repository_id))];
  if (ids.length === 0) return;
  const known = await listRepositoryNames(db, runs, ids);
  for (const row of all) {
    const found = known.find(
      ({ sourceId, repositoryId }) => sourceId === row.source_id && repositoryId === row.repository_id,
    );
    if (found) row.repository_name = cleanText(found.name);
  }
}

type Add = (db: MetricsReader, scope: CapacityScope, about: ExtrasAbout, into: Extras) => Promise<void>;

const ADD: Record<ExtraList, Add> = {
  events: async (db, scope, { ids }, into) => {
    const found = await listCapacityEvents(db, questionOf(scope, 'events', scope.runs, ids));
    put(into, 'events', found, found.map(toEventRow));
  },
  attribution: async (db, scope, about, into) => {
    const runs = filesRuns(about, into, 'attribution');
    if (runs.length === 0) return;
    const kind = scope.question.detail === 'detailed' ? 'BACKUP' : 'JOB';
    const asked = questionOf(scope, 'attribution', runs, onVolume(about));
    const found = await listAttribution(db, { ...asked, kind });
    put(into, 'attribution', found, found.map(toAttributionRow));
    if (about.one && !scope.page) await addTotals(db, runs, onVolume(about) ?? [], into);
    if (about.one?.kind === 'EXTENT') into.notKnown.push(NOT_PER_EXTENT);
  },
  ledger: async (db, scope, about, into) => {
    const runs = filesRuns(about, into, 'ledger');
    if (runs.length === 0) return;
    const repositoryIds = onVolume(about);
    const found = await listLedger(db, questionOf(scope, 'ledger', runs, repositoryIds));
    const today = about.one?.madeOn;
    put(into, 'ledger', found, found.map(toLedgerRow));
    if (scope.page || today === undefined) return;
    const sum = await sumLedger(db, { runs, repositoryIds, today });
    if (sum.lines > 0) into.beside.ledger_summary = toLedgerSum(sum, today);
    else into.notKnown.push('When bytes are released: no file of a backup is known here.');
  },
  accuracy: async (db, scope, { ids }, into) => {
    const until = new Date(Math.max(...scope.runs.map(({ finishedAt }) => finishedAt.getTime())));
    const found = await listAccuracy(db, { ...questionOf(scope, 'accuracy', scope.runs, ids), until });
    put(into, 'accuracy', found, found.map(toAccuracyRow));
    if (found.length === 0 && !scope.page) {
      into.notKnown.push('How good earlier forecasts were: the day of none of them has come.');
    }
  },
};

const NOT_PER_EXTENT =
  'Who fills an extent and what it releases: files of backups name their scale-out repository only.';

function put<List extends ExtraList>(
  into: Extras,
  list: List,
  found: readonly { matching: number }[],
  rows: NonNullable<CapacityAnswer[List]>,
): void {
  into.rows[list] = rows;
  into.matching[list] = found[0]?.matching ?? 0;
}

function questionOf(
  scope: CapacityScope,
  list: ExtraList,
  runs: RunKey[],
  repositoryIds: readonly string[] | undefined,
): ExtrasQuestion {
  return { runs, repositoryIds, limit: scope.question.limit, offset: offsetOf(scope, list) };
}

/** Backups of all repositories on one volume fill it. */
const onVolume = ({ ids, one }: ExtrasAbout) => (one ? [one.repositoryId, ...one.sharedVolumeWith] : ids);

/** The newest runs, as known then, that had read files of backups; what rests on files is stored under them. */
function filesRuns({ summaries }: ExtrasAbout, into: Extras, what: string): RunKey[] {
  const sized = summaries.filter(({ sourceId }) => !isVault(sourceId));
  if (sized.length < summaries.length)
    into.notKnown.push(
      `The ${what}${sized.length > 0 ? ' of vaults' : ''}: Azure Backup tells the bytes of whole vaults, and not of single backups.`,
    );
  const runs = sized.flatMap(({ sourceId, ledgerRunId }) =>
    ledgerRunId === null ? [] : [{ sourceId, runId: ledgerRunId }],
  );
  if (runs.length < sized.length) {
    const where = runs.length === 0 ? '' : ' of every source';
    into.notKnown.push(`The ${what}: files of backups${where} were not read yet.`);
  }
  return runs;
}

async function addTotals(db: MetricsReader, runs: RunKey[], ids: string[], into: Extras): Promise<void> {
  const found = await listAttributionTotals(db, { runs, repositoryIds: ids });
  into.beside.attribution_totals = found.map((row) => ({
    period_days: row.periodDays,
    since: isoSeconds(row.sinceAt),
    until: isoSeconds(row.untilAt),
    total_bytes: row.totalBytes,
    jobs_bytes: row.jobsBytes,
    other_data_bytes: row.otherBytes,
    display: row.totalBytes === null ? null : changeText(row.totalBytes),
    reason: row.reason,
  }));
  if (found.length === 0) {
    into.notKnown.push('Who filled it: files of its backups were not read twice yet.');
  }
}

async function addHistory(
  db: MetricsReader,
  scope: CapacityScope,
  { one }: ExtrasAbout,
  into: Extras,
): Promise<void> {
  if (!one) {
    into.notKnown.push('History over several repositories: give repository to see the days of one.');
    return;
  }
  const { rows, stepDays } = await readHistory(db, scope, one);
  into.rows.history = rows;
  into.beside.history_step_days = stepDays;
  if (rows.length === 0) into.notKnown.push('History: there is no sample in the window.');
}
