import type { MetricsReader, RiskReader } from '../../../db/connect.ts';
import { getRevisions } from '../../../queries/data-freshness.ts';
import { readLimit } from '../../../queries/reader-limit.ts';
import type { AnswerBase, NextStep } from '../../answer.ts';
import { assertSameRuns, type Page, type PageOf, readCursor, writeCursor } from '../../cursor.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import { inOrder, type Ordered, rowsOf, whatIsLeft } from '../../keyset.ts';
import type { ToolAnswer, ToolContext } from '../../registry.ts';
import { explainEmpty, openMoment, toLimit } from '../../scope.ts';
import { STATES } from '../../states.ts';
import { sum, tally } from '../../tally.ts';
import { isPlainId } from '../../untrusted.ts';
import { type DataSet, readDataSets } from './data-rows.ts';
import { listUnread, SINCE_DAYS, toEndpointRows, type Unread } from './endpoints.ts';
import { type FreshnessQuestion, WORKERS } from './question.ts';
import type { DataRow, FreshnessAnswer } from './shape.ts';
import { summarise } from './summary.ts';
import { renderFreshness } from './text.ts';

type Asked = { question: FreshnessQuestion; page: Page | undefined; pageOf: PageOf; now: Date };

/** Answers get_data_freshness from one snapshot of both databases. */
export function answerFreshness(
  question: FreshnessQuestion,
  context: ToolContext,
): Promise<ToolAnswer<FreshnessAnswer>> {
  const { as_of: _moment, cursor, limit: _limit, ...filters } = question;
  const pageOf = { tool: 'get_data_freshness', filters };
  const page = cursor === undefined ? undefined : readCursor(cursor, pageOf);
  const asked = { question, page, pageOf, now: context.now };
  return context.readRisk((risk, metrics) => answerFrom(risk, metrics, asked));
}

const OUTCOMES = ['failed', 'forbidden', 'incomplete'];

async function answerFrom(
  risk: RiskReader,
  metrics: MetricsReader,
  { question, page, pageOf, now }: Asked,
): Promise<ToolAnswer<FreshnessAnswer>> {
  const { worker, limit, source, as_of: at } = question;
  const { known, chosen, asOf } = await openMoment(metrics, { now, asOf: at, source, page });
  const workers = worker ? [worker] : WORKERS;
  const all = await readDataSets(metrics, risk, { sources: chosen, workers, asOf });
  const runIds = all.flatMap(({ row }) => row.run_id ?? []);
  if (page) assertSameRuns(page, runIds);
  const sets = all.filter(({ row }) => isAsked(row, question));
  const unread = await listUnread(metrics, risk, sets);
  const lists = { sources: inOrder(sets, keyOfSet), endpoints: inOrder(unread, keyOfEndpoint) };
  const shown = {
    sources: rowsOf(lists.sources, 'sources', page, limit),
    endpoints: rowsOf(lists.endpoints, 'endpoints', page, limit),
  };
  const endpointRows = await toEndpointRows(metrics, risk, shown.endpoints, asOf);
  const revisions = await getRevisions(metrics, risk, asOf);
  const rows = all.map(({ row }) => row);
  const estate = toEstate(rows, unread);
  const limitedTo = await readLimit(metrics);
  const emptyBecause = all.length > 0 ? '' : explainEmpty(known, rows, worker ?? 'health', limitedTo);
  return fitAnswer(
    shown,
    (kept) => {
      const part = leftOf(lists, kept, page);
      const structured: FreshnessAnswer = {
        summary: emptyBecause || summarise(estate, rows, page !== undefined),
        as_of: asOf.toISOString(),
        sources: kept.sources.map(({ row }) => row),
        completeness: {
          endpoints: sum(sets.map(({ row }) => row.endpoints)),
          complete: sum(sets.map(({ row }) => row.endpoints_complete)),
          not_complete: endpointRows.slice(0, kept.endpoints.length),
        },
        estate,
        database: { metrics_revision: revisions.metrics, risk_revision: revisions.risk },
        not_known: [
          ...(limitedTo && rows.length > 0 ? [`${toLimit(limitedTo)}: others are not in any figure.`] : []),
          ...notKnown(rows, unread),
        ],
        next_steps: nextSteps(question, sets, asOf),
        ...(Object.keys(part.omitted).length > 0
          ? { omitted: part.omitted, next_cursor: writeCursor(pageOf, asOf, runIds, part.positions) }
          : {}),
      };
      return { structured, text: renderFreshness(structured, question.detail === 'detailed') };
    },
    answerBudget(question),
  );
}

function isAsked({ state }: DataRow, { status }: FreshnessQuestion): boolean {
  if (status === 'ALL') return true;
  return status === 'PROBLEM' ? state !== 'fresh' : state === status.toLowerCase();
}

const keyOfSet = ({ row }: DataSet) => [
  STATES.indexOf(row.state),
  -(row.age_hours ?? Number.MAX_SAFE_INTEGER),
  row.source_id,
  row.worker,
];

const keyOfEndpoint = ({ outcome, sourceId, worker, endpoint }: Unread) => [
  OUTCOMES.indexOf(outcome),
  sourceId,
  worker,
  endpoint,
];

type Lists = { sources: Ordered<DataSet>; endpoints: Ordered<Unread> };

function leftOf(
  lists: Lists,
  kept: { sources: readonly DataSet[]; endpoints: readonly Unread[] },
  page: Page | undefined,
) {
  const left = {
    sources: whatIsLeft(lists.sources, 'sources', page, kept.sources),
    endpoints: whatIsLeft(lists.endpoints, 'endpoints', page, kept.endpoints),
  };
  const entries = Object.entries(left);
  return {
    omitted: Object.fromEntries(
      entries.flatMap(([name, { left: rows }]) => (rows > 0 ? [[name, rows]] : [])),
    ),
    positions: Object.fromEntries(entries.map(([name, { position }]) => [name, position])),
  };
}

function toEstate(rows: readonly DataRow[], unread: readonly Unread[]): FreshnessAnswer['estate'] {
  const byWorker = Map.groupBy(rows, ({ worker }) => worker);
  const ages = rows.flatMap(({ age_hours }) => age_hours ?? []);
  const workers = WORKERS.filter((worker) => byWorker.has(worker));
  return {
    sources: new Set(rows.map(({ source_id }) => source_id)).size,
    data_sets: rows.length,
    by_state: countStates(rows),
    by_worker: Object.fromEntries(workers.map((worker) => [worker, countStates(byWorker.get(worker) ?? [])])),
    by_outcome: tally(
      unread
        .map(({ outcome }) => outcome)
        .sort()
        .map((outcome) => [outcome, 1]),
    ),
    oldest_age_hours: ages.length > 0 ? ages.reduce((a, b) => Math.max(a, b)) : null,
    running: rows.filter(({ running_since }) => running_since !== null).length,
  };
}

function countStates(rows: readonly DataRow[]): Record<string, number> {
  const counts = STATES.map((state) => [state, rows.filter((row) => row.state === state).length] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

function notKnown(rows: readonly DataRow[], unread: readonly Unread[]): AnswerBase['not_known'] {
  if (rows.length === 0) return [];
  return [
    'The schedule, and whether the process of the workers is alive: both are outside of the databases. next_run_at is the begin of the newest run and its usual gap.',
    ...(unread.length > 0
      ? [`What could be read more than ${SINCE_DAYS} days ago: older endpoints are not on record.`]
      : []),
  ];
}

function nextSteps({ status, detail }: FreshnessQuestion, sets: readonly DataSet[], asOf: Date): NextStep[] {
  const as_of = asOf.toISOString();
  const bad = sets
    .map(({ row }) => row)
    .filter(({ state, source_id }) => state !== 'fresh' && isPlainId(source_id));
  const [worst] = inOrder(
    bad.map((row) => ({ row })),
    ({ row }) => keyOfSet({ row } as DataSet),
  ).rows;
  const steps: NextStep[] = [];
  if (worst && (status === 'ALL' || detail === 'concise') && sets.length > 1) {
    const { source_id: source, worker } = worst.row;
    steps.push({
      tool: 'get_data_freshness',
      arguments: { source, worker, detail: 'detailed', as_of },
      reason: 'the worst of these, with its endpoints',
    });
  }
  if (sets.length > 0)
    steps.push({
      tool: 'get_health_status',
      arguments: { as_of },
      reason: 'what this data says of the backups',
    });
  return steps;
}
