import type { RiskAssessment, RiskFacts, RiskItem } from '../../../analysis/risk/facts.ts';
import { SEVERITIES, type Severities } from '../../../analysis/risk/score.ts';
import { riskWhatIf, type WhatIf } from '../../../analysis/risk/what-if.ts';
import type { RiskReader } from '../../../db/connect.ts';
import { readRiskFacts } from '../../../queries/risk-facts.ts';
import { listRiskInputs, listRiskSummaries, type RiskSummaryRow } from '../../../queries/risk-items.ts';
import { AnswerError } from '../../errors.ts';
import { fitAnswer } from '../../fit.ts';
import { numberOf, objectOf } from '../../json.ts';
import { round } from '../../markdown.ts';
import type { ToolAnswer } from '../../registry.ts';
import { type ScopeRun, toBase } from '../../scope.ts';
import { cleanText, quoteCell } from '../../untrusted.ts';
import { inputCaveat } from './estate-head.ts';
import { type ResolvedChange, resolveChanges } from './plan.ts';
import type { RiskScope } from './risk-scope.ts';
import { roundedParts } from './rows.ts';
import type { RiskAnswer } from './shape.ts';
import type { PlannedChange } from './what-if-question.ts';
import type { WhatIfAnswer, WhatIfItem } from './what-if-shape.ts';
import { renderWhatIf } from './what-if-text.ts';

const MOST_SUBJECTS = 10;

/** Scores with and without the changes: the same scorer, asked again now, on the facts that the run knew. */
export async function answerWhatIf(
  db: RiskReader,
  scope: RiskScope,
  planned: readonly PlannedChange[],
): Promise<ToolAnswer<RiskAnswer>> {
  const run = onlyRun(scope);
  const facts = await readRiskFacts(db, run);
  if (!facts) {
    throw new AnswerError(
      'The facts behind this risk run are no longer stored (they are kept for 90 days): leave as_of out, or give a later one.',
    );
  }
  const [summary] = await listRiskSummaries(db, [run]);
  const inputs = await listRiskInputs(db, [run]);
  const resolved = planned.map((change) => resolveChanges(facts, change));
  const asked = ask(facts, resolved, severitiesOf(summary));
  const notKnown = differs(asked.before, summary)
    ? ['The stored facts give other scores than the run had: before and after are both from the facts.']
    : [];
  // What is part of another risk only repeats its gain.
  const changed = asked.changed.toSorted((a, b) => Number(isListed(b)) - Number(isListed(a)));
  const items = changed.map(toItem);
  const caveat = inputCaveat(inputs);
  return fitAnswer({ items: items.slice(0, scope.question.limit) }, (kept) =>
    assemble(scope, toAnswer(run, asked, resolved, kept.items), { caveat, notKnown }),
  );
}

/** Facts are large, and a name means something within one source only. */
function onlyRun({ runs, sources }: RiskScope): ScopeRun {
  const [run] = runs;
  if (run && runs.length === 1) return run;
  const known = sources.map(({ source_id, name }) => `- ${quoteCell(source_id)} ${quoteCell(name)}`);
  throw new AnswerError(
    `what_if is worked out for one source: give source. The sources are:\n${known.join('\n')}`,
  );
}

function ask(facts: RiskFacts, resolved: readonly ResolvedChange[], severities: Severities): WhatIf {
  return riskWhatIf(
    facts,
    resolved.map(({ change }) => change),
    severities,
  );
}

function severitiesOf(summary: RiskSummaryRow | undefined): Severities {
  const stored = objectOf(summary?.severities);
  const of = (hazard: keyof Severities) => numberOf(stored[hazard]) ?? SEVERITIES[hazard];
  return { gap: of('gap'), capacity: of('capacity'), integrity: of('integrity'), recover: of('recover') };
}

const differs = ({ estate }: RiskAssessment, summary: RiskSummaryRow | undefined) =>
  summary !== undefined && Math.abs((estate.score ?? -1) - (summary.estateScore ?? -1)) > 1e-6;

const isListed = ({ before, after }: WhatIf['changed'][number]) => (before ?? after)?.isListed === true;

type Outlook = NonNullable<WhatIfItem['before']>;

function toItem({ key, before, after, delta }: WhatIf['changed'][number]): WhatIfItem {
  const { scope = '', name = '' } = after ?? before ?? {};
  return {
    item_id: cleanText(key, 150),
    scope_type: scope.toUpperCase(),
    name: cleanText(name),
    points_removed: round(delta, 1),
    before: before && toOutlook(before),
    after: after && toOutlook(after),
    mostly: mostly(before, after),
  };
}

function toOutlook(item: RiskItem): Outlook {
  const points = roundedParts(
    item.score,
    item.contributions.map((one) => one.points),
  );
  return {
    composite_score: round(item.score, 1),
    score_low: round(item.scoreLow, 1),
    score_high: round(item.scoreHigh, 1),
    business_impact_score: round(item.priority, 1),
    risk_category: item.category,
    points: Object.fromEntries(
      item.contributions.map(({ hazard }, index) => [hazard, points[index] as number]),
    ),
  };
}

/** The hazard whose probability changed most. */
function mostly(before: RiskItem | null, after: RiskItem | null): string | null {
  if (!before || !after) return null;
  const q = (item: RiskItem, hazard: string) =>
    item.contributions.find((one) => one.hazard === hazard)?.q ?? 0;
  const moved = before.contributions
    .map(({ hazard }) => ({ hazard, by: Math.abs(q(after, hazard) - q(before, hazard)) }))
    .sort((a, b) => b.by - a.by);
  return moved[0] && moved[0].by > 0 ? moved[0].hazard : null;
}

function toAnswer(
  { sourceId, runId }: ScopeRun,
  { before, after, changed, estateDelta }: WhatIf,
  resolved: readonly ResolvedChange[],
  items: readonly WhatIfItem[],
): WhatIfAnswer {
  return {
    source_id: sourceId,
    run_id: runId,
    changes: resolved.map(({ change, subjects }) => ({
      kind: change.kind,
      subjects: subjects.slice(0, MOST_SUBJECTS).map(({ id, name }) => ({
        id: cleanText(id, 100),
        name: cleanText(name),
      })),
      subjects_all: subjects.length,
    })),
    estate: {
      score_before: round(before.estate.score, 1),
      score_after: round(after.estate.score, 1),
      points_removed: round(estateDelta, 2),
      by_category_before: before.estate.listed,
      by_category_after: after.estate.listed,
    },
    items_changed: changed.length,
    items: [...items],
    assumptions: [...new Set(resolved.flatMap(({ assumptions }) => assumptions))],
  };
}

function assemble(
  scope: RiskScope,
  plan: WhatIfAnswer,
  { caveat, notKnown }: { caveat: string; notKnown: string[] },
): ToolAnswer<RiskAnswer> {
  const left = plan.items_changed - plan.items.length;
  const structured: RiskAnswer = {
    ...toBase(scope, [caveat, summarise(plan)].filter(Boolean).join(' ')),
    what_if: plan,
    not_known: notKnown,
    next_steps: [],
    ...(left > 0 ? { omitted: { items: left } } : {}),
  };
  return { structured, text: renderWhatIf(structured, plan) };
}

function summarise({ items_changed, items: [first], estate }: WhatIfAnswer): string {
  const { score_before, score_after } = estate;
  const whole =
    score_before === null || score_after === null
      ? 'The estate has no score'
      : `The estate goes from ${score_before} to ${score_after}`;
  if (items_changed === 0 || !first) return `Nothing changes: no score depends on it. ${whole}.`;
  const most =
    first.before && first.after
      ? ` The largest gain is ${first.points_removed} points, from ${first.before.composite_score} to ${first.after.composite_score}.`
      : '';
  return `${items_changed} items change.${most} ${whole}.`;
}
