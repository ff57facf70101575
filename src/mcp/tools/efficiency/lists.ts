import type { MetricsReader } from '../../../db/connect.ts';
import type { EfficiencySummaryRow } from '../../../queries/efficiency.ts';
import {
  type ListQuestion,
  listAnomalies,
  listReclaimable,
  listRepositoryEfficiency,
} from '../../../queries/efficiency-lists.ts';
import { arrayOf, objectOf } from '../../json.ts';
import { round } from '../../markdown.ts';
import { cleanText } from '../../untrusted.ts';
import { isVault } from '../../vaults.ts';
import { sizeText } from '../capacity/sizes.ts';
import { MEANINGS, toAnomalyRow } from './anomaly-rows.ts';
import { readChanges } from './changes.ts';
import type { About, EfficiencyScope } from './efficiency-scope.ts';
import { readHistory } from './history.ts';
import { toReclaimableRow, toRepositoryRow } from './item-rows.ts';
import { commonPrice, costText } from './money.ts';
import { isOpen, sliceOf } from './paging.ts';
import type { Extra } from './question.ts';
import type { EfficiencyAnswer } from './shape.ts';

export type ListName = 'anomalies' | 'reclaimable' | 'repositories' | 'changes';

/** The lists that were asked for, how many rows each has in all, and what goes beside them. */
export type Lists = {
  rows: Pick<EfficiencyAnswer, ListName | 'history'>;
  matching: Partial<Record<ListName, number>>;
  beside: Pick<
    EfficiencyAnswer,
    'anomaly_meanings' | 'reclaimable_total' | 'reclaimable_cautions' | 'comparison' | 'history_step_days'
  >;
  notKnown: string[];
};

/** What the lists are about. */
export type ListsAbout = { about: About; summaries: EfficiencySummaryRow[] };

/** Reads the lists of an answer, from where the page before ended. */
export async function readLists(
  db: MetricsReader,
  scope: EfficiencyScope,
  given: ListsAbout,
): Promise<Lists> {
  const wanted = wantedLists(scope, given);
  const lists: Lists = { rows: {}, matching: {}, beside: {}, notKnown: [] };
  if (wanted.includes('anomalies') && isOpen(scope, 'anomalies')) await addAnomalies(db, scope, given, lists);
  if (wanted.includes('reclaimable') && isOpen(scope, 'reclaimable'))
    await addReclaimable(db, scope, given, lists);
  if (wanted.includes('repositories') && isOpen(scope, 'repositories'))
    await addRepositories(db, scope, given, lists);
  if (scope.question.changes !== undefined && isOpen(scope, 'changes'))
    await readChanges(db, scope, given, lists);
  if (wanted.includes('history') && !scope.page) await readHistory(db, scope, given, lists);
  return lists;
}

const ABOUT_ANOMALIES = ['OPEN', 'RESOLVED', 'ENTROPY_SUSPECT'];
const ABOUT_SPACE = ['ORPHANED', 'DISABLED_JOB', 'DOUBLY_PROTECTED', 'OVER_RETAINED', 'BELOW_PEERS'];

/** What belongs to the question, where nobody says what is wanted. */
function wantedLists({ question }: EfficiencyScope, { about, summaries }: ListsAbout): readonly Extra[] {
  const { one, filter } = about;
  const { include, history, changes, status = '' } = question;
  const wanted = include ?? byDefault();
  return history === undefined ? wanted : [...wanted, 'history'];

  function byDefault(): Extra[] {
    if (changes !== undefined) return [];
    const isWhole = one !== undefined || filter.machines !== undefined;
    if (ABOUT_SPACE.includes(status)) return ['reclaimable'];
    if (status !== '' && status !== 'ALL') return ABOUT_ANOMALIES.includes(status) ? ['anomalies'] : [];
    // Whether backups in vaults are unusual nobody can see; what is kept without need is all there is to list.
    if (summaries.length > 0 && summaries.every(({ sourceId }) => isVault(sourceId)))
      return filter.repositories ? ['reclaimable', 'repositories'] : ['reclaimable'];
    if (filter.repositories) return ['anomalies', 'repositories'];
    return isWhole ? ['anomalies', 'reclaimable'] : ['anomalies'];
  }
}

const questionOf = (scope: EfficiencyScope, list: ListName, { about }: ListsAbout): ListQuestion => ({
  runs: scope.runs,
  filter: about.filter,
  slice: sliceOf(scope, list),
  backupsThere: about.backupsThere,
});

/** Beside the jobs of an estate, where nobody asked for them. */
const MOST_UNASKED = 4;

async function addAnomalies(
  db: MetricsReader,
  scope: EfficiencyScope,
  given: ListsAbout,
  into: Lists,
): Promise<void> {
  const isAll = given.about.one !== undefined || scope.question.status === 'ALL';
  const question = questionOf(scope, 'anomalies', given);
  const isAsked = given.about.one !== undefined || scope.question.include || scope.question.status;
  const limit = isAsked ? question.slice.limit : Math.min(MOST_UNASKED, question.slice.limit);
  const found = await listAnomalies(db, { ...question, slice: { ...question.slice, limit }, isAll });
  const isDetailed = scope.question.detail === 'detailed';
  const read = new Set(given.summaries.filter(eventsAreRead).map(({ sourceId }) => sourceId));
  into.rows.anomalies = found.map((row) =>
    toAnomalyRow(row, { isDetailed, eventsAreRead: read.has(row.sourceId) }),
  );
  into.matching.anomalies = found[0]?.matching ?? 0;
  const types = [...new Set(found.map(({ type }) => type))];
  if (types.length > 0)
    into.beside.anomaly_meanings = Object.fromEntries(
      types.map((type) => [type, MEANINGS[type] ?? 'unusual']),
    );
}

const eventsAreRead = ({ completeness }: EfficiencySummaryRow) =>
  arrayOf(completeness)
    .map(objectOf)
    .some(
      ({ endpoint, complete_at: at }) => endpoint === 'malwareDetection/events' && typeof at === 'string',
    );

async function addReclaimable(
  db: MetricsReader,
  scope: EfficiencyScope,
  given: ListsAbout,
  into: Lists,
): Promise<void> {
  const found = await listReclaimable(db, questionOf(scope, 'reclaimable', given));
  const isDetailed = scope.question.detail === 'detailed';
  const currencyOf = new Map(given.summaries.map(({ sourceId, currency }) => [sourceId, currency]));
  into.rows.reclaimable = found.map((row) => toReclaimableRow(row, isDetailed, currencyOf.get(row.sourceId)));
  const [first] = found;
  into.matching.reclaimable = first?.matching ?? 0;
  if (!first) return;
  into.beside.reclaimable_cautions = Object.fromEntries(
    found.map(({ category, caution }) => [category, cleanText(caution, 200)]),
  );
  const price = commonPrice(given.summaries);
  const cost = price === null ? null : round(first.costInAll, 2);
  const isSized = given.summaries.some(({ sourceId }) => !isVault(sourceId));
  into.beside.reclaimable_total = {
    items: first.matching,
    counted_bytes: isSized ? first.countedInAll : null,
    annual_cost: isSized ? cost : null,
    display: isSized
      ? `${sizeText(first.countedInAll)}${costText(cost, price?.currency)}`
      : 'bytes not known',
  };
}

async function addRepositories(
  db: MetricsReader,
  scope: EfficiencyScope,
  given: ListsAbout,
  into: Lists,
): Promise<void> {
  const found = await listRepositoryEfficiency(db, questionOf(scope, 'repositories', given));
  into.rows.repositories = found.map(toRepositoryRow);
  into.matching.repositories = found[0]?.matching ?? 0;
}
