import type { RiskReader } from '../../../db/connect.ts';
import {
  AS_PROMISED_POINTS,
  listPlanEvents,
  type PlanEventRow,
  sumPlanEvents,
} from '../../../queries/remediation-answers.ts';
import type { NextStep } from '../../answer.ts';
import { writeCursor } from '../../cursor.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import { isoSeconds, round } from '../../markdown.ts';
import { parseWindow } from '../../moment.ts';
import type { ToolAnswer } from '../../registry.ts';
import { toBase } from '../../scope.ts';
import { sum } from '../../tally.ts';
import { isPlainItem } from '../risk/find-items.ts';
import type { FoundPlans } from './find-plans.ts';
import type { PlanScope } from './plan-scope.ts';
import { toEventRow } from './rows.ts';
import { SAFETY } from './safety.ts';
import type { PlanAnswer } from './shape.ts';
import { summariseHistory } from './summary.ts';
import { renderPlans } from './text.ts';

const HOUR_MS = 3_600_000;

type Sums = Awaited<ReturnType<typeof sumPlanEvents>>;

/** What became of plans in a window: which were verified, at what score, and what had been promised. */
export async function answerHistory(
  db: RiskReader,
  scope: PlanScope,
  window: string,
  found: FoundPlans | undefined,
): Promise<ToolAnswer<PlanAnswer>> {
  const from = new Date(scope.asOf.getTime() - parseWindow('history', window) * HOUR_MS);
  const { limit } = scope.question;
  const asked = { runs: scope.runs, planIds: found?.planIds, from, limit, offset: offsetOf(scope) };
  const events = await listPlanEvents(db, asked);
  const sums = await sumPlanEvents(db, asked);
  const record = toRecord(from, sums);
  return fitAnswer(
    { events },
    (kept) => assemble(scope, { record, found, sums }, kept.events),
    answerBudget(scope.question),
  );
}

const offsetOf = ({ page }: PlanScope) => Number(page?.positions.events?.[0] ?? 0);

type Record = NonNullable<PlanAnswer['track_record']>;

function toRecord(from: Date, sums: Sums): Record {
  const verified = sums.find(({ status }) => status === 'VERIFIED');
  return {
    since: isoSeconds(from),
    counts: Object.fromEntries(sums.map(({ status, events }) => [status, events])),
    verified: verified?.events ?? 0,
    verified_with_score: verified?.scored ?? 0,
    as_promised: verified?.asPromised ?? 0,
    as_promised_points: AS_PROMISED_POINTS,
    median_difference: round(verified?.medianError ?? null, 1),
    median_removed: round(verified?.medianRemoved ?? null, 1),
  };
}

function assemble(
  scope: PlanScope,
  { record, found, sums }: { record: Record; found: FoundPlans | undefined; sums: Sums },
  kept: readonly PlanEventRow[],
): ToolAnswer<PlanAnswer> {
  const shown = offsetOf(scope) + kept.length;
  const left = sum(sums.map(({ events }) => events)) - shown;
  const runIds = scope.runs.map(({ runId }) => runId);
  const body = {
    safety_notice: SAFETY,
    ...(found?.note ? { note: found.note } : {}),
    track_record: record,
    events: kept.map(toEventRow),
  };
  const base = toBase(scope, scope.page ? 'Next events.' : summariseHistory(body as unknown as PlanAnswer));
  const structured: PlanAnswer = {
    ...base,
    ...body,
    next_steps: nextSteps(scope, kept),
    ...(left > 0
      ? {
          omitted: { events: left },
          next_cursor: writeCursor(scope.pageOf, scope.asOf, runIds, { events: [shown] }),
        }
      : {}),
  };
  return { structured, text: renderPlans(structured) };
}

function nextSteps({ asOf }: PlanScope, kept: readonly PlanEventRow[]): NextStep[] {
  const back = kept.find(
    ({ status, itemId, sourceId }) => status === 'REOPENED' && isPlainItem(itemId, sourceId),
  );
  if (!back) return [];
  const args = { risk: back.itemId, source: back.sourceId, as_of: asOf.toISOString() };
  return [{ tool: 'get_remediation_plan', arguments: args, reason: 'the plan whose trouble came back' }];
}
