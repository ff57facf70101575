import type { RiskReader } from '../../../db/connect.ts';
import {
  listRiskHazards,
  listRiskInputs,
  listRiskItems,
  listRiskNames,
  type RiskHazardRow,
  type RiskInputRow,
  type RiskItemRow,
  type RiskName,
} from '../../../queries/risk-items.ts';
import type { NextStep } from '../../answer.ts';
import { writeCursor } from '../../cursor.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import type { ToolAnswer } from '../../registry.ts';
import { toBase } from '../../scope.ts';
import { cleanText } from '../../untrusted.ts';
import { renderCard } from './card-text.ts';
import { type Compliance, complianceOffset, readCompliance } from './compliance.ts';
import { inputCaveat } from './estate-head.ts';
import { isPlainItem } from './find-items.ts';
import { toCard } from './item-card.ts';
import type { RiskScope } from './risk-scope.ts';
import { inOthers, toInputRow } from './rows.ts';
import type { RiskAnswer, RiskCard } from './shape.ts';
import { summariseCard } from './summary.ts';

type Related = NonNullable<RiskAnswer['affected']>[number];
type Found = { item: RiskItemRow; hazards: RiskHazardRow[]; inputs: RiskInputRow[] };

/** One item explained: what its score is made of, what that rests on, what it is part of, and what depends on it. */
export async function answerItem(
  db: RiskReader,
  asked: RiskScope,
  name: RiskName,
): Promise<ToolAnswer<RiskAnswer>> {
  const runs = asked.runs.filter(({ sourceId }) => sourceId === name.sourceId);
  const sources = asked.sources.filter(({ source_id }) => source_id === name.sourceId);
  const scope = { ...asked, runs, sources };
  const [item] = await listRiskItems(db, { runs, filter: { itemIds: [name.itemId] }, limit: 1 });
  if (!item) throw new Error(`item ${name.itemId} was listed and is not there`);
  const hazards = await listRiskHazards(db, runs, [name.itemId]);
  const inputs = await listRiskInputs(db, runs);
  const names = item.causedBy.length > 0 ? await listRiskNames(db, runs, { itemIds: item.causedBy }) : [];
  const affected = asked.page ? [] : await readAffected(db, scope, item);
  const compliance = await readItemCompliance(db, scope, item);
  const isDetailed = asked.question.detail === 'detailed';
  const card = { ...toCard(item, hazards, names, isDetailed), ...inOthers(item, asked) };
  const found = { item, hazards, inputs: relevant(scope, inputs, hazards) };
  const parts = { card, found, affected, compliance };
  const { limit, detail, include } = asked.question;
  // Who asks for compliance asks for more.
  const budget = answerBudget({ limit, detail: include?.includes('compliance') ? 'detailed' : detail });
  const proofs = compliance.rows.length === 1 ? (compliance.rows[0]?.digits ?? []) : [];
  return fitAnswer(
    { affected, compliance: compliance.rows.length === 1 ? [] : compliance.rows, proofs },
    (kept) =>
      assemble(asked, parts, { ...kept, compliance: only(compliance, kept.proofs) ?? kept.compliance }),
    budget,
  );
}

const digitsOf = ({ rows }: Pick<Compliance, 'rows'>) =>
  rows.length === 1 ? (rows[0]?.digits?.length ?? 0) : 0;

type Digits = NonNullable<Compliance['rows'][number]['digits']>;

/** The one workload that was asked for is never left out: its proofs are, from the end. */
function only({ rows }: Compliance, digits: Digits): Compliance['rows'] | undefined {
  const [row] = rows;
  return row && rows.length === 1 ? [{ ...row, ...(row.digits ? { digits } : {}) }] : undefined;
}

/** Those that are not fresh and that a hazard of the item rests on; all if asked for. */
function relevant({ question }: RiskScope, inputs: RiskInputRow[], hazards: RiskHazardRow[]): RiskInputRow[] {
  if (question.include?.includes('inputs')) return inputs;
  const own = new Set(hazards.map(({ hazard }) => hazard));
  return inputs.filter(
    ({ status, hazards: concerned }) => status !== 'FRESH' && concerned.some((hazard) => own.has(hazard)),
  );
}

/** Jobs and workloads that it concerns, the largest score first. */
async function readAffected(
  db: RiskReader,
  { runs, question }: RiskScope,
  { jobIds, workloadIds }: RiskItemRow,
): Promise<Related[]> {
  const itemIds = [...jobIds.map((id) => `job:${id}`), ...workloadIds.map((id) => `workload:${id}`)];
  if (itemIds.length === 0) return [];
  const rows = await listRiskItems(db, { runs, filter: { itemIds }, limit: 200 });
  return rows
    .sort((a, b) => b.score - a.score || (a.itemId < b.itemId ? -1 : 1))
    .slice(0, question.limit)
    .map((row) => ({
      item_id: cleanText(row.itemId, 150),
      scope_type: row.scopeType,
      name: cleanText(row.name),
      composite_score: Number(row.score.toFixed(1)),
      risk_category: row.category,
    }));
}

async function readItemCompliance(db: RiskReader, scope: RiskScope, item: RiskItemRow): Promise<Compliance> {
  if (!scope.question.include?.includes('compliance')) return { tiers: [], rows: [], matching: 0 };
  const isOne = item.scopeType === 'WORKLOAD';
  const workloadIds = isOne ? [item.scopeId] : item.workloadIds;
  const isDetailed = scope.question.detail === 'detailed';
  const proofs = isOne ? (isDetailed ? 10 : 3) : isDetailed ? 3 : 0;
  return readCompliance(db, scope, { workloadIds, proofs });
}

type Parts = { card: RiskCard; found: Found; affected: Related[]; compliance: Compliance };

function assemble(
  scope: RiskScope,
  { card, found, affected: all, compliance }: Parts,
  kept: { affected: Related[]; compliance: Compliance['rows'] },
): ToolAnswer<RiskAnswer> {
  const concerned = found.item.affectedJobs + found.item.affectedWorkloads;
  const shown = complianceOffset(scope) + kept.compliance.length;
  const omitted = {
    affected: all.length > 0 ? concerned - kept.affected.length : 0,
    compliance: compliance.matching - shown,
    proofs: digitsOf(compliance) - digitsOf({ rows: kept.compliance }),
  };
  const left = Object.fromEntries(Object.entries(omitted).filter(([, count]) => count > 0));
  const runIds = scope.runs.map(({ runId }) => runId);
  const structured: RiskAnswer = {
    ...toBase(scope, [inputCaveat(found.inputs), summariseCard(card)].filter(Boolean).join(' ')),
    risk: card,
    ...(kept.affected.length > 0 ? { affected: kept.affected } : {}),
    ...(found.inputs.length > 0 ? { inputs: found.inputs.map(toInputRow) } : {}),
    ...(scope.question.include?.includes('compliance') ? { compliance: kept.compliance } : {}),
    not_known: notKnown(card),
    next_steps: nextSteps(scope, card),
    ...(Object.keys(left).length > 0 ? { omitted: left } : {}),
    ...(omitted.compliance > 0
      ? { next_cursor: writeCursor(scope.pageOf, scope.asOf, runIds, { compliance: [shown] }) }
      : {}),
  };
  return { structured, text: renderCard(structured, card) };
}

function notKnown({ contributions, tier_basis }: RiskCard): string[] {
  if (contributions.length === 0) return ['What the score is made of: hazards are kept for 90 days only.'];
  return [
    ...contributions
      .filter(({ basis }) => basis === 'NONE')
      .map(({ meaning }) => `Whether ${meaning}: nothing was measured, so it counts with what is usual.`),
    ...(tier_basis === 'ASSUMED'
      ? ['How much it matters: no rule of dr365.toml gives it a tier, so a middle weight is taken.']
      : []),
  ];
}

function nextSteps({ asOf }: RiskScope, card: RiskCard): NextStep[] {
  const as_of = asOf.toISOString();
  const { item_id: item, source_id: source, shared_causes } = card;
  if (!isPlainItem(item, source)) return [];
  const cause = shared_causes.find(({ item_id }) => isPlainItem(item_id, source));
  return [
    {
      tool: 'get_remediation_plan',
      arguments: { risk: item, source, as_of },
      reason: 'what could be done about it, by risk removed per hour',
    },
    ...(cause
      ? [
          {
            tool: 'analyze_risks',
            arguments: { item: cause.item_id, source, as_of },
            reason: 'the risk that it is part of',
          },
        ]
      : []),
    {
      tool: 'analyze_risks',
      arguments: { item, source, changed_since: '7d', as_of },
      reason: 'what changed about it in a week',
    },
  ];
}
