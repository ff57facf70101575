import type { MetricsReader, RiskReader } from '../../../db/connect.ts';
import { listElsewhere } from '../../../queries/machines.ts';
import type { Page, Positions } from '../../cursor.ts';
import { inOrder, type Ordered, rowsOf, whatIsLeft } from '../../keyset.ts';
import { sum, tally } from '../../tally.ts';
import { type Comparison, keyOfCompared, toComparedRow } from './compare.ts';
import { keyOfSetting, readConfiguration } from './configuration.ts';
import { keyOfFinding, readFindings } from './findings.ts';
import { keyOfPlan, readPlans } from './plans.ts';
import { type ChangesQuestion, LISTS, type List } from './question.ts';
import {
  type Degraded,
  keyOfRisk,
  type RiskChange,
  readDegraded,
  readRisks,
  toRiskRows,
  whyDegraded,
} from './risks.ts';
import { keyOfScore, readScores } from './scores.ts';
import type { Rows } from './shape.ts';
import { keyOfSpace, readSpaces } from './spaces.ts';

/** Every row of each list that was asked for, in order. Risks and comparisons become rows of the answer when they are shown. */
export type Lists = {
  scores?: Ordered<Rows['scores']>;
  capacity?: Ordered<Rows['capacity']>;
  configuration?: Ordered<Rows['configuration']>;
  findings?: Ordered<Rows['findings']>;
  risks?: Ordered<RiskChange>;
  plans?: Ordered<Rows['plans']>;
  compared?: Ordered<Comparison>;
  degraded: Degraded;
};

export type Kept = Partial<{ [L in List]: Rows[L][] }>;

export async function readLists(
  metrics: MetricsReader,
  risk: RiskReader,
  {
    comparisons,
    question,
  }: {
    comparisons: readonly Comparison[];
    question: ChangesQuestion;
  },
): Promise<Lists> {
  const wants = (list: List) => question.include?.includes(list) ?? true;
  const degraded = await readDegraded(risk, comparisons);
  const rtoRuns = comparisons.flatMap(({ worker, now }) => (worker === 'rto' && now ? [now] : []));
  const elsewhere = wants('risks') ? await listElsewhere(metrics, rtoRuns) : [];
  const why = (sourceId: string) => whyDegraded(degraded, sourceId);
  return {
    degraded,
    ...(wants('scores')
      ? { scores: inOrder(await readScores(metrics, risk, comparisons, why), keyOfScore) }
      : {}),
    ...(wants('capacity') ? { capacity: inOrder(await readSpaces(metrics, comparisons), keyOfSpace) } : {}),
    ...(wants('configuration')
      ? { configuration: inOrder(await readConfiguration(metrics, comparisons), keyOfSetting) }
      : {}),
    ...(wants('findings')
      ? { findings: inOrder(await readFindings(metrics, comparisons), keyOfFinding) }
      : {}),
    ...(wants('risks')
      ? { risks: inOrder(await readRisks(risk, comparisons, { degraded, elsewhere }), keyOfRisk) }
      : {}),
    ...(wants('plans') ? { plans: inOrder(await readPlans(risk, comparisons), keyOfPlan) } : {}),
    ...(wants('compared') ? { compared: inOrder(comparisons, keyOfCompared) } : {}),
  };
}

/** The rows of this page. */
export async function shownRows(
  risk: RiskReader,
  lists: Lists,
  { comparisons, page, limit }: { comparisons: readonly Comparison[]; page: Page | undefined; limit: number },
): Promise<Kept> {
  const of = <T>(name: List, list: Ordered<T> | undefined) => list && rowsOf(list, name, page, limit);
  const risks = of('risks', lists.risks);
  const compared = of('compared', lists.compared)?.map(toComparedRow);
  const kept = {
    scores: of('scores', lists.scores),
    capacity: of('capacity', lists.capacity),
    configuration: of('configuration', lists.configuration),
    findings: of('findings', lists.findings),
    risks: risks && (await toRiskRows(risk, comparisons, lists.degraded, risks)),
    plans: of('plans', lists.plans),
    compared,
  };
  return Object.fromEntries(Object.entries(kept).filter(([, rows]) => rows !== undefined)) as Kept;
}

/** The lists as fitAnswer takes them. */
export const keptOf = (shown: Kept): Kept & Record<string, readonly unknown[]> => shown as never;

/** What is not shown of each list, and where it goes on. */
export function leftOf(
  lists: Lists,
  kept: Kept,
  page: Page | undefined,
): { count: number; omitted: Record<string, number>; positions: Positions } {
  const left = LISTS.flatMap((name) => {
    const list = lists[name] as Ordered<unknown> | undefined;
    if (!list) return [];
    const rows = rowsOf(list, name, page, (kept[name] ?? []).length);
    return [{ name, ...whatIsLeft(list, name, page, rows) }];
  });
  const some = left.filter(({ left: rows }) => rows > 0);
  return {
    count: sum(some.map(({ left: rows }) => rows)),
    omitted: Object.fromEntries(some.map(({ name, left: rows }) => [name, rows])),
    positions: Object.fromEntries(left.map(({ name, position }) => [name, position])),
  };
}

/** How many changes there are of each kind, per list. */
export function countsOf(lists: Lists): Record<string, Record<string, number>> {
  const of = <T>(list: Ordered<T> | undefined, change: (row: T) => string) =>
    list && tally(list.rows.map((row) => [change(row), 1]));
  const counts = {
    scores: of(lists.scores, ({ change }) => change),
    capacity: of(lists.capacity, ({ change }) => change),
    configuration: of(lists.configuration, ({ change }) => change),
    findings: of(lists.findings, ({ change }) => change),
    risks: of(lists.risks, ({ shown }) => shown),
    plans: of(lists.plans, ({ change }) => change),
    compared: of(lists.compared, ({ basis }) => basis),
  };
  return Object.fromEntries(Object.entries(counts).flatMap(([name, own]) => (own ? [[name, own]] : [])));
}
