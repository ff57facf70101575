import type { RiskScope } from '../risk/facts.ts';
import type { TierEvidence } from '../risk/priority.ts';
import { type Benefit, benefitOf } from './benefit.ts';
import { type Effort, effortOf, effortOfAll } from './effort.ts';
import type { Case, RiskType, Subject } from './evidence.ts';
import { type Measured, measure } from './metrics.ts';
import type { Cite, Effect, Hypothesis, MetricSpec, Option, Step } from './rule.ts';
import type { Match } from './rules.ts';
import { sidesOf } from './sides.ts';
import type { Slicer } from './slice.ts';
import { type UrgencyAnswer, urgencyOf } from './urgency.ts';

export interface PlanOption extends Omit<Option, 'effect' | 'hours'>, Effort, Benefit {
  ruleId: string;
  whatIf: Effect;
  /** Points of risk or of doubt removed per hour of the upper end of the effort. */
  benefitPerHour: number;
}

export interface PlanHypothesis extends Hypothesis {
  ruleId: string;
  weight: number;
}

/** Advice for one hazard of one item. */
export interface Plan extends UrgencyAnswer, Effort {
  /** Scope, subject, risk type and first rule: the same trouble has the same id. */
  planId: string;
  itemKey: string;
  scope: RiskScope;
  id: string;
  name: string;
  type: RiskType;
  ruleIds: string[];
  title: string;
  tier: TierEvidence;
  scoreNow: number;
  expectedScoreAfter: number | null;
  delta: number | null;
  benefitPerHour: number;
  /** Tier weight times the benefit per hour: the order of plans. */
  worth: number;
  hypotheses: PlanHypothesis[];
  evidence: Cite[];
  steps: (Step & { ruleId: string })[];
  /** Most risk removed per hour first, by how likely the cause is that it mends. */
  options: PlanOption[];
  verify: Measured[];
  subject: Subject;
  /** Items whose trouble this plan ends as well. */
  covers: string[];
  notKnown: string[];
}

const MOST_OPTIONS = 6;

/** Plan of a case by the rules that fit it; at least one. */
export function planOf(of: Case, matches: readonly Match[], slice: Slicer): Plan {
  const [first] = matches as [Match];
  const all = optionsOf(of, matches, slice);
  const options = all.filter(isWorthIt).slice(0, MOST_OPTIONS);
  const [best] = options;
  const hypotheses = matches.map(({ rule, weight }) => ({ ruleId: rule.id, weight, ...rule.hypothesis(of) }));
  const isOfAll = of.input !== null || of.finding !== null;
  const scoreNow = isOfAll ? (of.facts.assessment.estate.score ?? 0) : of.item.score;
  const sides = sidesOf(of);
  const steps = [...sides.steps.map((step) => ({ ...step, ruleId: first.rule.id })), ...stepsOf(matches)];
  const benefitPerHour = best?.benefitPerHour ?? 0;
  return {
    planId: `${of.scope}:${of.id}:${of.type}:${first.rule.id}`,
    itemKey: of.item.key,
    scope: of.scope,
    id: of.id,
    name: of.finding?.entityName ?? of.item.name,
    type: of.type,
    ruleIds: matches.map(({ rule }) => rule.id),
    title: first.rule.title,
    ...urgencyOf(of),
    tier: of.item.tier,
    scoreNow,
    expectedScoreAfter: best ? best.expectedScoreAfter : scoreNow,
    delta: best ? best.delta : 0,
    ...effortOfAll(steps, options),
    benefitPerHour,
    worth: of.item.tier.weight * benefitPerHour,
    hypotheses,
    evidence: distinct([...hypotheses.flatMap(({ cites }) => cites), ...sides.cites]),
    steps,
    options,
    verify: verifyOf(of, first),
    subject: of.subject,
    covers: [],
    notKnown: notKnownOf(of, all.length - options.length, options),
  };
}

type Weighed = { option: PlanOption; expected: number };

/** By what is to be expected of each: what mends a cause that it hardly is removes little, however quick it is. */
function optionsOf(of: Case, matches: readonly Match[], slice: Slicer): PlanOption[] {
  const seen = new Set<string>();
  const options = matches.flatMap(({ rule, weight }) =>
    rule.options.flatMap((option): Weighed[] => {
      const effect = seen.has(option.id) ? null : option.effect(of);
      if (!effect) return [];
      seen.add(option.id);
      const { effect: _, hours, ...rest } = option;
      const effort = effortOf(rule.steps, hours);
      const benefit = benefitOf(of, effect, slice);
      const benefitPerHour = (Math.max(0, benefit.delta ?? 0) + benefit.doubtRemoved) / effort.highHours;
      const known = { ...rest, ...effort, ...benefit, ruleId: rule.id, whatIf: effect, benefitPerHour };
      return [{ option: known, expected: weight * benefitPerHour }];
    }),
  );
  return options
    .toSorted(
      (a, b) =>
        b.expected - a.expected ||
        a.option.highHours - b.option.highHours ||
        (a.option.id < b.option.id ? -1 : 1),
    )
    .map(({ option }) => option);
}

/** What removes nothing is not offered; what the score has no term for is. */
function isWorthIt({ whatIf, benefitPerHour }: PlanOption): boolean {
  return whatIf.kind === 'unscored' || benefitPerHour > 1e-9;
}

function stepsOf(matches: readonly Match[]): (Step & { ruleId: string })[] {
  const steps = matches.flatMap(({ rule }) => rule.steps.map((step) => ({ ...step, ruleId: rule.id })));
  return steps.filter((step, index) => steps.findIndex(({ text }) => text === step.text) === index);
}

/** The rule's metrics; where all of them hold already, that the hazard halves, so that a plan is never born verified. */
function verifyOf(of: Case, { rule }: Match): Measured[] {
  const measured = rule.verify(of).map((spec) => measure(spec, of.subject, of.facts));
  if (!of.hazard || measured.some(({ met }) => !met)) return measured;
  const { hazard, q } = of.hazard;
  const halved: MetricSpec = {
    metric: `hazard_q:${hazard}:${of.item.key}`,
    op: '<=',
    target: q / 2,
    windowHours: 24,
  };
  return [...measured, measure(halved, of.subject, of.facts)];
}

function distinct(cites: readonly Cite[]): Cite[] {
  const key = ({ source, id, field, value }: Cite) => JSON.stringify([source, id, field, value]);
  return [...new Map(cites.map((cite) => [key(cite), cite])).values()];
}

function notKnownOf({ item, facts }: Case, hidden: number, options: readonly PlanOption[]): string[] {
  const assumed = item.contributions.filter(({ basis }) => basis === 'none' || basis === 'assumed');
  return [
    ...assumed.map(({ hazard }) => `the hazard ${hazard} rests on an assumption`),
    ...facts.assessment.inputs
      .filter(({ status }) => status !== 'FRESH')
      .map(({ worker, status }) => `what the ${worker} worker measures is ${status.toLowerCase()}`),
    ...(hidden > 0 ? [`${hidden} options are left out: by the scorer they remove nothing here`] : []),
    ...options
      .filter(({ whatIf }) => whatIf.kind === 'hazard')
      .map(({ id }) => `the effect of ${id} is a target, not a measurement`),
    ...options
      .filter(({ whatIf }) => whatIf.kind === 'unscored')
      .map(({ id }) => `the score has no term for ${id}`),
  ];
}
