import type { RiskReader } from '../../../db/connect.ts';
import {
  countRiskItems,
  listRiskHazards,
  listRiskInputs,
  listRiskItems,
  listRiskSummaries,
  type RiskFilter,
  type RiskHazardRow,
  type RiskInputRow,
  type RiskItemRow,
  type RiskName,
  type RiskPosition,
  type RiskSummaryRow,
} from '../../../queries/risk-items.ts';
import type { AnswerBase, NextStep } from '../../answer.ts';
import { writeCursor } from '../../cursor.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import type { ToolAnswer } from '../../registry.ts';
import { toBase } from '../../scope.ts';
import { sum } from '../../tally.ts';
import { type Compliance, complianceOffset, readCompliance } from './compliance.ts';
import { inputCaveat, type RiskHead, toHead } from './estate-head.ts';
import { isPlainItem } from './find-items.ts';
import { renderList } from './list-text.ts';
import type { RiskScope } from './risk-scope.ts';
import { inOthers, toInputRow, toRiskRow, toUnprotectedRows } from './rows.ts';
import type { RiskAnswer } from './shape.ts';
import { summariseList } from './summary.ts';

const MOST_UNPROTECTED = 100;
const NO_COMPLIANCE: Compliance = { tiers: [], rows: [], matching: 0 };

/** The risks of all, or those that fit: the most urgent first, a page at a time. */
export async function answerList(
  db: RiskReader,
  scope: RiskScope,
  found: RiskName[] | undefined,
): Promise<ToolAnswer<RiskAnswer>> {
  const { runs, question, page } = scope;
  const summaries = await listRiskSummaries(db, runs);
  const inputs = await listRiskInputs(db, runs);
  const head = page
    ? { notKnown: [] }
    : toHead(scope, summaries, await countRiskItems(db, runs, { elsewhere: scope.elsewhere }));
  const rows = await readRows(db, scope, found);
  const wants = (extra: string) => question.include?.includes(extra as never) ?? false;
  const workloadIds = found?.flatMap(({ scopeType, scopeId }) => (scopeType === 'WORKLOAD' ? [scopeId] : []));
  const proofs = question.detail === 'detailed' ? 3 : 0;
  const compliance = wants('compliance')
    ? await readCompliance(db, scope, { workloadIds, proofs })
    : NO_COMPLIANCE;
  const lists = {
    risks: rows.items,
    compliance: compliance.rows,
    compliance_tiers: compliance.tiers,
    inputs: page ? [] : inputs.filter(({ status }) => status !== 'FRESH' || wants('inputs')),
    unprotected: wants('unprotected') && !page ? toUnprotectedRows(summaries).slice(0, MOST_UNPROTECTED) : [],
    per_source: (head.per_source ?? []).slice(0, scope.question.limit),
  };
  const parts = { head, rows, compliance, inputs, summaries, lists };
  return fitAnswer(lists, (kept) => assemble(scope, parts, kept), answerBudget(scope.question));
}

type Rows = { items: RiskItemRow[]; hazards: RiskHazardRow[]; left: number };

async function readRows(db: RiskReader, scope: RiskScope, found: RiskName[] | undefined): Promise<Rows> {
  const { runs, question, page } = scope;
  const before = page?.positions.risks;
  if (before === null) return { items: [], hazards: [], left: 0 };
  const { category, tier, scope: about, hazard, flag, limit } = question;
  const filter: RiskFilter = {
    category,
    tier,
    scope: about,
    hazard,
    flag,
    itemIds: found?.map(({ itemId }) => itemId),
    // What somebody asks for by name or by flag is shown, though it may be part of another risk.
    isListed: found === undefined && flag === undefined,
    after: before?.length ? (before as unknown as RiskPosition) : undefined,
    elsewhere: scope.elsewhere,
  };
  const items = await listRiskItems(db, { runs, filter, limit });
  const hazards = await listRiskHazards(
    db,
    runs,
    items.map(({ itemId }) => itemId),
  );
  const counts = await countRiskItems(db, runs, filter);
  return { items, hazards, left: sum(counts.map((count) => count.items)) };
}

type Lists = {
  risks: readonly RiskItemRow[];
  compliance: Compliance['rows'];
  compliance_tiers: Compliance['tiers'];
  inputs: readonly RiskInputRow[];
  unprotected: NonNullable<RiskAnswer['unprotected']>;
  per_source: NonNullable<RiskAnswer['per_source']>;
};

type Parts = {
  head: RiskHead;
  rows: Rows;
  compliance: Compliance;
  inputs: RiskInputRow[];
  summaries: RiskSummaryRow[];
  lists: Lists;
};

function assemble(scope: RiskScope, parts: Parts, kept: Lists): ToolAnswer<RiskAnswer> {
  const { head, rows, compliance, inputs, lists } = parts;
  const isDetailed = scope.question.detail === 'detailed';
  const wants = (extra: string) => scope.question.include?.includes(extra as never) ?? false;
  const isFirst = scope.page === undefined;
  const omitted = {
    risks: rows.left - kept.risks.length,
    compliance: compliance.matching - complianceOffset(scope) - kept.compliance.length,
    compliance_tiers: lists.compliance_tiers.length - kept.compliance_tiers.length,
    inputs: lists.inputs.length - kept.inputs.length,
    unprotected: unprotectedOf(parts) - kept.unprotected.length,
    sources: (head.per_source?.length ?? 0) - kept.per_source.length,
  };
  const left = Object.fromEntries(Object.entries(omitted).filter(([, count]) => count > 0));
  const positions = {
    risks: omitted.risks > 0 ? positionOf(scope, kept.risks) : null,
    compliance: omitted.compliance > 0 ? [complianceOffset(scope) + kept.compliance.length] : null,
  };
  const hasMore = Object.values(positions).some((position) => position !== null);
  const body: Omit<RiskAnswer, keyof AnswerBase> = {
    ...(head.estate ? { estate: head.estate } : {}),
    ...(head.per_source ? { per_source: [...kept.per_source] } : {}),
    risks_matching: rows.left,
    risks: kept.risks.map((item) => ({
      ...toRiskRow(item, hazardsOf(rows, item), isDetailed),
      ...inOthers(item, scope),
    })),
    ...(kept.inputs.length > 0 || (wants('inputs') && isFirst)
      ? { inputs: kept.inputs.map(toInputRow) }
      : {}),
    ...(wants('unprotected') && isFirst ? { unprotected: [...kept.unprotected] } : {}),
    ...(wants('compliance')
      ? { compliance_tiers: [...kept.compliance_tiers], compliance: [...kept.compliance] }
      : {}),
  };
  const runIds = scope.runs.map(({ runId }) => runId);
  const structured: RiskAnswer = {
    ...toBase(scope, [inputCaveat(inputs), summariseList(scope, body)].filter(Boolean).join(' ')),
    ...body,
    not_known: [...head.notKnown, ...lostHazards(rows, scope)],
    next_steps: nextSteps(scope, kept.risks, body),
    ...(Object.keys(left).length > 0 ? { omitted: left } : {}),
    ...(hasMore ? { next_cursor: writeCursor(scope.pageOf, scope.asOf, runIds, positions) } : {}),
  };
  return { structured, text: renderList(structured) };
}

function unprotectedOf({ summaries, lists }: Parts): number {
  return lists.unprotected.length === 0 ? 0 : toUnprotectedRows(summaries).length;
}

/** Hazards are kept for 90 days, items for longer. */
function lostHazards({ items, hazards }: Rows, { question }: RiskScope): string[] {
  if (items.length > 0 && hazards.length === 0)
    return ['What the scores are made of: hazards are kept for 90 days only.'];
  return question.hazard && items.length === 0
    ? ['Risks by hazard of runs older than 90 days: hazards are kept that long only.']
    : [];
}

const hazardsOf = ({ hazards }: Rows, { sourceId, itemId }: RiskItemRow) =>
  hazards.filter((hazard) => hazard.sourceId === sourceId && hazard.itemId === itemId);

function positionOf({ page }: RiskScope, shown: readonly RiskItemRow[]): (string | number)[] {
  const last = shown.at(-1);
  return last ? [last.place, last.sourceId, last.rank, last.itemId] : (page?.positions.risks ?? []);
}

/** At most three, in a fixed order; their arguments are ids and our own words. */
function nextSteps(
  { asOf, question, page }: RiskScope,
  shown: readonly RiskItemRow[],
  { estate }: Omit<RiskAnswer, keyof AnswerBase>,
): NextStep[] {
  const tool = 'analyze_risks';
  const as_of = asOf.toISOString();
  const steps: NextStep[] = [];
  const top = shown.find((row) => isPlainItem(row.itemId, row.sourceId));
  if (top) {
    const { itemId, sourceId: source, rank } = top;
    const place =
      top === shown[0] ? 'the first of this list' : 'the first of this list with an id of its own';
    steps.push({
      tool,
      arguments: { item: itemId, source, as_of },
      reason: `why rank ${rank}, ${place}, is there`,
    });
    steps.push({
      tool: 'get_remediation_plan',
      arguments: { risk: itemId, source, as_of },
      reason: 'what could be done about it',
    });
  }
  if (!page && estate && estate.not_assessed > 0 && question.flag === undefined) {
    steps.push({
      tool,
      arguments: { flag: 'NOT_ASSESSED', as_of },
      reason: 'of which less than half was measured',
    });
  }
  return steps;
}
