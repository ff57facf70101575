import type { CapacityForecast } from '../../../analysis/capacity/answer.ts';
import { forecastCapacity } from '../../../analysis/capacity/forecast.ts';
import { type CapacityWhatIf, forecastWhatIf } from '../../../analysis/capacity/what-if.ts';
import type { MetricsReader } from '../../../db/connect.ts';
import type { Forecast } from '../../../queries/capacity.ts';
import type { NextStep } from '../../answer.ts';
import { AnswerError } from '../../errors.ts';
import type { ToolAnswer } from '../../registry.ts';
import { toBase } from '../../scope.ts';
import { cleanText, isPlainId } from '../../untrusted.ts';
import type { CapacityScope } from './capacity-scope.ts';
import { type Change, type ResolvedPlan, resolvePlan } from './plan.ts';
import type { WhatIf } from './question.ts';
import { percent, toSize, toThresholds, whyNoDate } from './rows.ts';
import type { CapacityAnswer } from './shape.ts';
import { changeText, dayAfter, sizeText, wholeBytes } from './sizes.ts';
import type { Outlook, WhatIfAnswer } from './what-if-shape.ts';
import { renderWhatIf } from './what-if-text.ts';

const LAST_DAYS = 180;
const STAY_UNDER = 0.8;

/** New dates beside the old ones: the same engine, asked again now, on the samples that the run knew. */
export async function answerWhatIf(
  db: MetricsReader,
  scope: CapacityScope,
  plan: WhatIf,
): Promise<ToolAnswer<CapacityAnswer>> {
  const resolved = await resolvePlan(db, scope, plan);
  const results = resolved.changes.map((change) => ({ change, result: ask(change, plan) }));
  const what_if: WhatIfAnswer = {
    kind: plan.kind,
    repositories: results.map(({ change, result }) => toResult(change.forecast, result)),
    ...(resolved.job
      ? { job: { job_id: cleanText(resolved.job.jobId, 100), job_name: cleanText(resolved.job.name) } }
      : {}),
    ...(resolved.extent
      ? {
          extent: {
            repository_id: cleanText(resolved.extent.repositoryId, 100),
            repository_name: cleanText(resolved.extent.name),
          },
        }
      : {}),
    ...(plan.kind === 'lead_time' ? { order: toOrder(plan, resolved, results[0]?.result) } : {}),
    assumptions: [...resolved.assumptions, ...aboutExtents(resolved)],
  };
  const structured: CapacityAnswer = {
    ...toBase(scope, summarise(what_if)),
    what_if,
    not_known: results.flatMap(({ change, result }) => notKnown(change.forecast, result.before)),
    next_steps: nextSteps(scope, results[0]?.change.forecast),
  };
  return { structured, text: renderWhatIf(structured, what_if) };
}

const aboutExtents = ({ changes }: ResolvedPlan) =>
  changes.some(({ forecast }) => forecast.kind === 'SCALE_OUT')
    ? ['Dates and priority are those of the extents together; the fullest one may fill first.']
    : [];

/** @throws AnswerError if the plan leaves nothing */
function ask({ question, plans }: Change, { kind, days }: WhatIf): CapacityWhatIf {
  if (kind === 'lead_time') {
    const asked = { ...question, purchase: { leadDays: days ?? 0 } };
    return { ...forecastWhatIf(asked, plans), before: forecastCapacity(question) };
  }
  try {
    return forecastWhatIf(question, plans);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new AnswerError('what_if: the plan leaves no capacity at all.');
  }
}

type Result = WhatIfAnswer['repositories'][number];

function toResult(forecast: Forecast, { before, after, daysGained }: CapacityWhatIf): Result {
  const now = toOutlook(before, forecast);
  const planned = toOutlook(after, forecast);
  // Growth that nobody knows has a day of full, only not a known one: NO_DATE would say that there is none.
  const isUnknown = (percent: number) =>
    [now, planned].some(({ thresholds }) =>
      thresholds.some((one) => one.percent === percent && one.status === 'UNKNOWN'),
    );
  const added = {
    added_capacity_bytes: difference(after.capacityBytes, before.capacityBytes),
    added_use_bytes: difference(after.usedBytes, before.usedBytes),
    added_growth_bytes_per_day: difference(
      after.growthPerDay?.value ?? null,
      before.growthPerDay?.value ?? null,
    ),
  };
  return {
    source_id: forecast.sourceId,
    repository_id: cleanText(forecast.repositoryId, 100),
    repository_name: cleanText(forecast.name),
    before: now,
    after: planned,
    change: daysGained.map(({ threshold, days, becomes }) => {
      const at = Math.round(threshold * 100);
      return { percent: at, days_gained: days, becomes: isUnknown(at) ? 'NOT_KNOWN' : becomes };
    }),
    ...added,
    display: [
      describe('capacity', added.added_capacity_bytes),
      describe('use', added.added_use_bytes),
      describe('growth a day', added.added_growth_bytes_per_day),
    ]
      .filter(Boolean)
      .join(', '),
  };
}

const difference = (after: number | null, before: number | null) =>
  after === null || before === null ? null : wholeBytes(after - before);

const describe = (what: string, bytes: number | null) => (bytes ? `${what} ${changeText(bytes)}` : '');

function toOutlook(asked: CapacityForecast, { madeOn }: Forecast): Outlook {
  const { total_bytes, used_bytes, display } = toSize(
    wholeBytes(asked.usedBytes),
    wholeBytes(asked.capacityBytes),
  );
  const growth = asked.growthPerDay;
  return {
    total_bytes,
    used_bytes,
    utilization_pct: percent(asked.useShare),
    display,
    priority: asked.priority,
    quality: asked.quality,
    growth_rate_bytes_per_day: wholeBytes(growth?.value ?? null),
    growth_display: growth
      ? `${changeText(growth.value)} a day (${changeText(growth.low)} to ${changeText(growth.high)})`
      : null,
    purchase_bytes: wholeBytes(asked.purchaseBytes),
    purchase_display: asked.purchaseBytes === null ? null : sizeText(asked.purchaseBytes),
    thresholds: toThresholds(asked.thresholds, madeOn),
  };
}

/** The last day to order so that it can be used before the pessimistic day of full. */
function toOrder(
  { days: lead = 0 }: WhatIf,
  { changes }: ResolvedPlan,
  result: CapacityWhatIf | undefined,
): NonNullable<WhatIfAnswer['order']> {
  const early = result?.after.thresholds.at(-1)?.early ?? null;
  const inDays = early === null ? null : early - lead;
  const bytes = result?.after.purchaseBytes ?? null;
  return {
    lead_days: lead,
    last_days: LAST_DAYS,
    stay_under_pct: STAY_UNDER * 100,
    purchase_bytes: wholeBytes(bytes),
    purchase_display: bytes === null ? null : sizeText(bytes),
    order_by: dayAfter(changes[0]?.forecast.madeOn ?? '', inDays),
    order_in_days: inDays,
  };
}

function summarise({ repositories, order }: WhatIfAnswer): string {
  if (order) {
    return order.order_in_days === null
      ? 'There is no day by which to order: the pessimistic path is not full within the horizon, or not known.'
      : `Order within ${order.order_in_days} days, ${order.purchase_display ?? 'an amount that is not known'}, to have it before the pessimistic path is full.`;
  }
  return repositories.map((one, index) => summariseOne(one, placeOf(index, repositories.length))).join(' ');
}

function placeOf(index: number, places: number): string {
  if (places === 1) return '';
  return index === 0 ? 'Old place: ' : 'New place: ';
}

function summariseOne({ change, after }: Result, place: string): string {
  const dates = change.map(({ percent: at, days_gained, becomes }) => {
    const now = after.thresholds.find((one) => one.percent === at);
    if (now?.status === 'EXCEEDED')
      return `${at} % is exceeded${becomes === 'SAME' ? ' as before' : ' at once'}`;
    const gained = days_gained ? `, by ${days_gained} days` : '';
    const day = now?.mid_days ?? null;
    return `${at} % ${WORDS[becomes] ?? becomes}${gained}${day === null ? '' : ` (in ${day} days)`}`;
  });
  return `${place}${dates.length > 0 ? dates.join('; ') : 'no dates, before and after'}.`;
}

const WORDS: Record<string, string> = {
  LATER: 'is reached later',
  SOONER: 'is reached sooner',
  SAME: 'is reached on the same day',
  NO_DATE_ANY_MORE: 'has no likely day within the horizon any more',
  DATE_APPEARS: 'gets a likely day',
  NO_DATE: 'has no likely day, before and after',
  NOT_KNOWN: 'is reached on a day that is not known: how it grows is not known',
};

function notKnown(forecast: Forecast, before: CapacityForecast): string[] {
  const thresholds = toThresholds(before.thresholds, forecast.madeOn);
  const why = whyNoDate({ quality: before.quality, horizonDays: before.horizonDays }, thresholds);
  const stored = toThresholds(forecast.thresholds, forecast.madeOn);
  const isSame = JSON.stringify(stored) === JSON.stringify(thresholds);
  return [
    ...(why === null ? [] : [`The likely day of full: ${why}.`]),
    ...(isSame
      ? []
      : ['The stored samples give other days than the run had: both columns here are from the samples.']),
  ];
}

function nextSteps({ asOf }: CapacityScope, forecast: Forecast | undefined): NextStep[] {
  const tool = 'get_capacity_forecast';
  const as_of = asOf.toISOString();
  if (!forecast || !isPlainId(forecast.repositoryId) || !isPlainId(forecast.sourceId)) return [];
  const { repositoryId: repository, sourceId: source } = forecast;
  return [
    {
      tool,
      arguments: { repository, source, as_of },
      reason: 'the repository as it stands: events, who fills it, what is released',
    },
  ];
}
