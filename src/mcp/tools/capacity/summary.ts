import { type AnswerBase, sawNone } from '../../answer.ts';
import type { CapacityScope } from './capacity-scope.ts';
import { costTotalsText } from './cost.ts';
import type { CapacityAnswer, RepositoryCard } from './shape.ts';

type Body = Omit<CapacityAnswer, keyof AnswerBase>;

/** The answer in one or two sentences of our own words and numbers that stand in the fields too. */
export function summarise({ question, page, completeness }: CapacityScope, body: Body): string {
  const shown = body.repositories?.length ?? 0;
  const matching = body.repositories_matching ?? 0;
  if (page) return `Next rows: ${shown} of ${matching} repositories.`;
  const chosen = question.status !== undefined || question.repository !== undefined;
  const start = chosen ? `${matching} repositories match. ` : '';
  return start + [estate(body, completeness), soonest(body)].filter(Boolean).join(' ');
}

function estate({ estate: all }: Body, completeness: AnswerBase['completeness']): string {
  if (!all) return '';
  if (all.total_repositories === 0) return sawNone(completeness, ['repositories'], 'repository');
  const parts = [
    [all.urgent, 'URGENT'],
    [all.high, 'HIGH'],
    [all.medium, 'MEDIUM'],
    [all.unknown, 'UNKNOWN'],
  ].flatMap(([count, word]) => (count ? [`${count} ${word}`] : []));
  const list = parts.length > 0 ? parts.join(', ') : 'none URGENT, HIGH, MEDIUM or UNKNOWN';
  const { utilization_pct, display } = all.capacity;
  const use =
    all.capacity.used_bytes !== null && utilization_pct === null
      ? `${display}: they grow, and never fill`
      : utilization_pct === null
        ? 'their use is not known'
        : `${display} used (${utilization_pct} %)`;
  return `${all.total_repositories} repositories: ${list}; ${use}.${costs(all)}`;
}

function costs({ unbounded_cost: totals = [] }: NonNullable<Body['estate']>): string {
  return totals.length === 0 ? '' : ` What has no limit costs ${costTotalsText(totals)}.`;
}

function soonest({ repositories = [] }: Body): string {
  const first = repositories.find(({ status }) => status === 'FILLS');
  const threshold = first?.forecast.thresholds.find(({ status }) => status !== 'EXCEEDED');
  if (!threshold || threshold.early_days === null) return '';
  const { percent, early_days, mid_days, late_days } = threshold;
  return `The first that is not over 80 % yet reaches ${percent} % in ${early_days} days at the earliest, likely ${inDays(mid_days)}, at the latest ${inDays(late_days)}.`;
}

const inDays = (days: number | null) => (days === null ? 'not within the horizon' : `in ${days} days`);

/** One repository in two sentences. */
export function summariseCard({ status, priority, capacity, forecast, confidence }: RepositoryCard): string {
  const use =
    capacity.utilization_pct === null
      ? status === 'UNBOUNDED'
        ? `it holds ${capacity.display}`
        : `${capacity.display} used`
      : `${capacity.display} used (${capacity.utilization_pct} %)`;
  return `Status ${status}, priority ${priority}: ${use}. ${dates(forecast)} Confidence ${confidence}.`;
}

function dates({ thresholds, no_date_because }: RepositoryCard['forecast']): string {
  const next = thresholds.find(({ status }) => status === 'EXPECTED' || status === 'POSSIBLE');
  const over = thresholds.filter(({ status }) => status === 'EXCEEDED').at(-1);
  const exceeded = over ? `It is over ${over.percent} % already. ` : '';
  if (next) {
    const { percent, early_days, mid_days, late_days } = next;
    return `${exceeded}It reaches ${percent} % in ${early_days} days at the earliest, likely ${inDays(mid_days)}, at the latest ${inDays(late_days)}.`;
  }
  return `${exceeded}${no_date_because === null ? '' : `No further date: ${no_date_because}.`}`.trim();
}
