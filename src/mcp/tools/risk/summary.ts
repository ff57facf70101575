import { type AnswerBase, sourcesShown } from '../../answer.ts';
import type { RiskScope } from './risk-scope.ts';
import type { EstateAnswer, RiskAnswer, RiskCard } from './shape.ts';

type Body = Omit<RiskAnswer, keyof AnswerBase>;

/** The list in one or two sentences of our own words and numbers that stand in the fields too. */
export function summariseList({ question, page, runs }: RiskScope, body: Body): string {
  const shown = body.risks?.length ?? 0;
  const matching = body.risks_matching ?? 0;
  if (page) return `Next rows: ${shown} of ${matching} risks.`;
  const { item, category, tier, scope, hazard, flag } = question;
  const isChosen = [item, category, tier, scope, hazard, flag].some((filter) => filter !== undefined);
  const start = isChosen ? `${matching} risks match. ` : '';
  const about = body.estate ? estateText(body.estate) : sourcesText(body, runs.length);
  return start + about;
}

function estateText(estate: EstateAnswer): string {
  if (estate.status === 'NO_DATA' || estate.score === null)
    return 'Nothing was assessed: no job and no workload is known. That is no sign of health.';
  const counted = [
    [estate.critical_risk_count, 'CRITICAL'],
    [estate.high_risk_count, 'HIGH'],
    [estate.medium_risk_count, 'MEDIUM'],
    [estate.low_risk_count, 'LOW'],
  ].flatMap(([count, word]) => (count ? [`${count} ${word}`] : []));
  const gaps = [
    estate.not_assessed > 0 ? `${count(estate.not_assessed, 'workload')} not assessed` : '',
    estate.not_tested ? `${estate.not_tested} without a restore test that counts` : '',
    estate.unprotected > 0 ? `${estate.unprotected} unprotected` : '',
  ].filter(Boolean);
  return (
    `Risks: ${counted.join(', ') || 'none listed'}${gaps.length > 0 ? `; ${gaps.join(', ')}` : ''}. ` +
    `The estate scores ${estate.score} (${estate.score_low} to ${estate.score_high}; more is worse), ` +
    `${estate.assumption_points ?? 'an unknown number of'} points of it are assumptions.`
  );
}

function sourcesText({ per_source = [] }: Body, all: number): string {
  const empty = per_source.filter(({ score }) => score === null).length;
  const without = empty > 0 ? ` ${empty} of them without anything that was assessed.` : '';
  const several = per_source.filter(({ in_several_sources }) => in_several_sources);
  const joined = several.map(
    ({ in_several_sources, workloads }) => `${in_several_sources} of ${workloads} machines`,
  );
  const once =
    joined.length > 0
      ? ` Several sources protect ${joined.slice(0, 3).join(', ')}, which are one risk each, where they are listed.`
      : '';
  const shown = sourcesShown(per_source.length, all);
  return `${shown}, the worst first; their scores are not merged.${without}${once}`;
}

/** "1 job", "2 jobs". */
export const count = (many: number, what: string) => `${many} ${what}${many === 1 ? '' : 's'}`;

/** One item in two sentences. */
export function summariseCard(card: RiskCard): string {
  const place = card.listed
    ? `rank ${card.rank}`
    : 'not listed by itself, since its largest part is another risk';
  const assumed =
    card.assumption_points > 0 ? ` ${card.assumption_points} points of it are assumptions.` : '';
  return (
    `${card.risk_category}, ${place}: score ${card.composite_score} (${card.score_low} to ${card.score_high}), ` +
    `priority ${card.business_impact_score}.${assumed}`
  );
}
