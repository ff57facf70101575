import type { MetricsReader } from '../../../db/connect.ts';
import type { OtherProtection } from '../../../queries/machines.ts';
import {
  isChoosing,
  listWorkloadNames,
  type NamedId,
  type RecoveryFilter,
} from '../../../queries/recovery.ts';
import { countTrials, type KnownTrial, listTrials } from '../../../queries/recovery-facts.ts';
import {
  listMassRestores,
  listNextTests,
  listRecoveryLocations,
  type RecoveryListQuestion,
  type RecoverySummary,
} from '../../../queries/recovery-lists.ts';
import type { ScopeRun } from '../../scope.ts';
import { cleanText } from '../../untrusted.ts';
import { reasonsOfTests, toLocationRow, toMassRow, toTestRow, toTrialRow } from './list-rows.ts';
import type { Extra } from './question.ts';
import type { RecoveryScope } from './recovery-scope.ts';
import type { RecoveryAnswer } from './shape.ts';

export type List = Exclude<Extra, 'coverage'>;
export const LISTS: readonly List[] = ['next_tests', 'mass_restore', 'locations', 'trials'];

/** The lists that were asked for, and how many rows each has in all. */
export type Lists = {
  rows: Pick<RecoveryAnswer, List>;
  matching: Partial<Record<List, number>>;
  notKnown: string[];
};

/** How far back a run looked for trials: older ones have lost their weight. */
export const TRIAL_DAYS = 730;

/** Reads the lists of an answer, from where the page before ended. */
export async function readLists(
  db: MetricsReader,
  scope: RecoveryScope,
  { isOne, summaries }: { isOne: boolean; summaries: RecoverySummary[] },
): Promise<Lists> {
  const lists: Lists = { rows: {}, matching: {}, notKnown: [] };
  const wanted = wantedLists(scope, isOne);
  for (const list of LISTS) {
    if (wanted.includes(list) && isOpen(scope, list)) await ADD[list](db, scope, lists, { isOne, summaries });
  }
  return lists;
}

function wantedLists({ question }: RecoveryScope, isOne: boolean): readonly Extra[] {
  if (question.include) return question.include;
  if (isOne) return ['trials', 'locations'];
  return question.tier === undefined ? [] : ['mass_restore'];
}

const isOpen = ({ page }: RecoveryScope, list: List) =>
  page === undefined || Boolean(page.positions[list]?.length);

/** Where a list goes on: rows that were shown before. */
export function offsetOf({ page }: RecoveryScope, list: List): number {
  return Number(page?.positions[list]?.[0] ?? 0);
}

type About = { isOne: boolean; summaries: RecoverySummary[] };
type Add = (db: MetricsReader, scope: RecoveryScope, into: Lists, about: About) => Promise<void>;

const ADD: Record<List, Add> = {
  next_tests: async (db, scope, into, { summaries }) => {
    const found = await listNextTests(db, questionOf(scope, 'next_tests'));
    const reasons = reasonsOfTests(summaries);
    put(
      into,
      'next_tests',
      found,
      found.map((row) => toTestRow(row, reasons)),
    );
  },
  mass_restore: async (db, scope, into) => {
    const { filter, limit, offset, runs } = questionOf(scope, 'mass_restore');
    const found = await listMassRestores(db, { runs, tier: filter.tier, limit, offset });
    put(into, 'mass_restore', found, found.map(toMassRow));
    if (found.length === 0 && !scope.page)
      into.notKnown.push(
        'Mass restores: no run simulated one, as it knew no number of restores at once or no machine.',
      );
    if (isNarrow(filter) && !scope.page)
      into.notKnown.push(
        'Mass restore of this selection: the list is of whole servers and tiers; ask what_if mass_restore.',
      );
  },
  locations: async (db, scope, into, { isOne }) => {
    const found = await listRecoveryLocations(db, questionOf(scope, 'locations'));
    put(
      into,
      'locations',
      found,
      found.map((row) => toLocationRow(row, isOne)),
    );
  },
  trials: addTrials,
};

/** Beyond the tier. */
const isNarrow = ({ tier: _tier, ...others }: RecoveryFilter) => isChoosing(others);

function questionOf(scope: RecoveryScope, list: List): RecoveryListQuestion {
  const { runs, filter, question } = scope;
  return { runs, filter, limit: question.limit, offset: offsetOf(scope, list) };
}

function put<L extends List>(
  into: Lists,
  list: L,
  found: readonly { matching: number }[],
  rows: NonNullable<RecoveryAnswer[L]>,
): void {
  into.rows[list] = rows;
  into.matching[list] = found[0]?.matching ?? 0;
}

/** Trials of the workloads that match, of all sources together, the newest first. */
async function addTrials(
  db: MetricsReader,
  scope: RecoveryScope,
  into: Lists,
  { isOne, summaries }: About,
): Promise<void> {
  const offset = offsetOf(scope, 'trials');
  const rows: { row: KnownTrial; run: ScopeRun; now: Date; name: string | undefined }[] = [];
  let matching = 0;
  const homes = isChoosing(scope.filter) ? await listWorkloadNames(db, scope.runs, scope.filter) : [];
  for (const run of trialRunsOf(scope)) {
    const now = summaries.find(({ sourceId }) => sourceId === run.sourceId)?.concludedAt ?? run.finishedAt;
    const since = new Date(now.getTime() - TRIAL_DAYS * 86_400_000);
    const chosen = isChoosing(scope.filter);
    const machines = chosen ? ownAndJoined(homes, scope.elsewhere, run) : await listWorkloadNames(db, [run]);
    const names = new Map(machines.map(({ id, name }) => [id, name]));
    // Without a filter trials that lead to no machine are shown too.
    const workloadIds = chosen ? [...names.keys()] : undefined;
    const asked = { ...run, workloadIds, since };
    matching += await countTrials(db, asked);
    const found = await listTrials(db, { ...asked, limit: offset + scope.question.limit });
    rows.push(...found.map((row) => ({ row, run, now, name: names.get(row.workloadId ?? '') })));
  }
  const shown = rows
    .toSorted((a, b) => b.row.startedAt.getTime() - a.row.startedAt.getTime())
    .slice(offset, offset + scope.question.limit);
  into.matching.trials = matching;
  into.rows.trials = shown.map(({ row, run, now, name }) => ({
    ...toTrialRow(row, { sourceId: run.sourceId, now }),
    ...(isOne ? {} : { workload_name: name === undefined ? null : cleanText(name) }),
  }));
}

/** Also of sources that only hold other protections of the machines: those tests count as well. */
const trialRunsOf = ({ runs, allRuns, elsewhere }: RecoveryScope): ScopeRun[] =>
  elsewhere.length === 0
    ? runs
    : allRuns.filter(
        ({ sourceId }) =>
          runs.some((run) => run.sourceId === sourceId) || elsewhere.some((one) => one.sourceId === sourceId),
      );

/** Machines as one source knows them: its own, and protections of machines that are listed with another. */
function ownAndJoined(
  homes: readonly NamedId[],
  elsewhere: readonly OtherProtection[],
  { sourceId }: ScopeRun,
): NamedId[] {
  const names = new Map(homes.map((home) => [`${home.sourceId} ${home.id}`, home.name]));
  const joined = elsewhere.flatMap((one) => {
    const name = names.get(`${one.homeSourceId} ${one.homeWorkloadId}`);
    return one.sourceId === sourceId && name !== undefined ? [{ sourceId, id: one.workloadId, name }] : [];
  });
  return [...homes.filter((home) => home.sourceId === sourceId), ...joined];
}
