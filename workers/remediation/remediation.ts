import type { RemediationFacts } from '../../src/analysis/remediation/evidence.ts';
import {
  advancePlans,
  caseKey,
  isOpen,
  type KnownPlan,
  type Lifecycle,
} from '../../src/analysis/remediation/lifecycle.ts';
import { type PlanList, remediationPlans } from '../../src/analysis/remediation/order.ts';
import { assessRisk } from '../../src/analysis/risk/items.ts';
import type { Severities } from '../../src/analysis/risk/score.ts';
import type { BusinessContext } from '../../src/business/context.ts';
import { asRiskReader } from '../../src/db/connect.ts';
import type { Advisor, AdvisorContext, AdvisorInput } from '../../src/pipeline/advisor.ts';
import { insertRiskRows, type RiskRow } from '../../src/pipeline/bulk.ts';
import type { EvidenceRuns } from '../../src/queries/remediation-jobs.ts';
import {
  getLatestRisk,
  listItemScores,
  listRiskInputRuns,
  listStoredPlans,
} from '../../src/queries/remediation-plans.ts';
import { readRiskFacts } from '../../src/queries/risk-facts.ts';
import { readEvidence } from './read-evidence.ts';
import { toCheckRow, toEventRow, toKnownPlan, toPlanRow } from './rows.ts';

/** Risks older than this are no ground to act on: they are of yesterday, and a run was missed. */
const STALE_HOURS = 26;
const HOUR_MS = 3_600_000;
const NOTHING: Lifecycle = { written: [], events: [], checks: [] };

/**
 * The remediation worker: the newest risks in, advice for a person out. It reads the two databases and writes plans, their
 * events and checks; it has no way to any backup server. `business`: the lead time of storage.
 */
export function createRemediation(business: BusinessContext): Advisor {
  return { name: 'remediation', conclude: (context) => conclude(context, business) };
}

async function conclude(context: AdvisorContext, business: BusinessContext): Promise<AdvisorInput[]> {
  const { trx, sourceId, now } = context;
  const reader = asRiskReader(trx);
  const latest = await getLatestRisk(reader, sourceId, now);
  const facts =
    latest && latest.status === 'ASSESSED' ? await readFacts(context, latest, business) : undefined;
  const known = (await listStoredPlans(reader, sourceId)).map(toKnownPlan);
  const ageHours = latest ? (now.getTime() - latest.concludedAt.getTime()) / HOUR_MS : null;
  if (!latest || !facts || ageHours === null || ageHours > STALE_HOURS) {
    const reason = whyFrozen(latest, facts, ageHours);
    await writeSummary(context, {
      riskRunId: latest?.runId ?? null,
      known,
      lifecycle: NOTHING,
      frozen: reason,
    });
    return [{ name: 'risk', rows: 0, isComplete: false, reason }];
  }
  const openRules = new Map(
    known.filter(({ status }) => isOpen(status)).map((plan) => [caseKey(plan), plan.firstRuleId]),
  );
  const list = remediationPlans(facts, (of) => openRules.get(caseKey(of)));
  const lifecycle = advancePlans(known, list, facts);
  context.progress(`${list.plans.length} plans`);
  await writePlans(context, lifecycle, latest.runId);
  await writeSummary(context, { riskRunId: latest.runId, known, lifecycle, list, facts });
  return [{ name: 'risk', rows: facts.assessment.items.length, isComplete: true }];
}

/** Facts of the risk run with the rows behind them. The scorer has to give the scores of that run again. */
async function readFacts(
  { trx, metrics, sourceId }: AdvisorContext,
  latest: { runId: string; severities: unknown },
  business: BusinessContext,
): Promise<RemediationFacts | undefined> {
  const reader = asRiskReader(trx);
  const risk = await readRiskFacts(reader, { sourceId, runId: latest.runId });
  if (!risk) return undefined;
  const severities = latest.severities as Severities;
  const assessment = assessRisk(risk, severities);
  expectSameScores(assessment.items, await listItemScores(reader, sourceId, latest.runId), latest.runId);
  const inputs = await listRiskInputRuns(reader, sourceId, latest.runId);
  const runOf = (worker: string) => inputs.find((input) => input.worker === worker)?.inputRunId ?? null;
  const runs: EvidenceRuns = {
    sourceId,
    healthRunId: runOf('health'),
    capacityRunId: runOf('capacity'),
    efficiencyRunId: runOf('efficiency'),
    rtoRunId: runOf('rto'),
  };
  const evidence = await readEvidence(metrics, runs);
  return { risk, assessment, severities, leadTimeDays: business.risk.leadTimeDays, ...evidence };
}

function expectSameScores(
  items: readonly { key: string; score: number }[],
  stored: readonly { itemId: string; score: number }[],
  runId: string,
): void {
  const scores = new Map(stored.map(({ itemId, score }) => [itemId, score]));
  const other = items.find(
    ({ key, score }) => Math.abs((scores.get(key) ?? Number.NaN) - score) > 1e-6 || !scores.has(key),
  );
  if (other || stored.length !== items.length)
    throw new Error(
      `the scorer gives other scores than risk run ${runId} has (${other?.key ?? `${items.length} items`}): run the risk worker again`,
    );
}

function whyFrozen(latest: { status: string } | undefined, facts: unknown, ageHours: number | null): string {
  if (!latest) return 'the risk worker has not concluded yet';
  if (latest.status !== 'ASSESSED')
    return 'no job and no workload is known, so there is nothing to advise on';
  if (ageHours !== null && ageHours > STALE_HOURS) return `the risks are ${Math.round(ageHours)} hours old`;
  return facts ? 'nothing to do' : 'the risk run kept no facts';
}

async function writePlans(
  context: AdvisorContext,
  { written, events, checks }: Lifecycle,
  riskRunId: string,
): Promise<void> {
  const { now } = context;
  await write(
    context,
    'remediation_plan',
    written.map((one) => toPlanRow(one, { riskRunId, now })),
  );
  await write(
    context,
    'remediation_event',
    events.map((event) => toEventRow(event, now)),
  );
  await write(
    context,
    'remediation_check',
    checks.map((check) => toCheckRow(check, now)),
  );
}

type Outcome = {
  riskRunId: string | null;
  known: readonly KnownPlan[];
  lifecycle: Lifecycle;
  list?: PlanList;
  facts?: RemediationFacts;
  /** Why nothing was done. */
  frozen?: string;
};

async function writeSummary(context: AdvisorContext, outcome: Outcome): Promise<void> {
  const { known, lifecycle, list, facts, frozen } = outcome;
  const count = (status: string) => lifecycle.events.filter((event) => event.status === status).length;
  const open =
    frozen === undefined
      ? lifecycle.checks.filter(({ status }) => isOpen(status))
      : known.filter(({ status }) => isOpen(status));
  const summary = {
    concluded_at: context.now,
    risk_run_id: outcome.riskRunId,
    considered: list?.considered ?? 0,
    open_plans: open.length,
    new_versions: lifecycle.written.length,
    verified: count('VERIFIED'),
    reopened: count('REOPENED'),
    merged: list?.merged.size ?? 0,
    cut: list?.cut ?? 0,
    frozen: frozen !== undefined,
    frozen_plans: lifecycle.checks.filter(({ isFrozen }) => isFrozen).length,
    reason:
      frozen ??
      (open.length > 0 ? null : 'no risk is MEDIUM or more, and everything that matters is assessed'),
    not_known: notKnown(facts),
  };
  await write(context, 'remediation_summary', [summary]);
}

function notKnown(facts: RemediationFacts | undefined): string[] {
  return (facts?.assessment.inputs ?? [])
    .filter(({ status }) => status !== 'FRESH')
    .map(({ worker, status }) =>
      status === 'PARTIAL'
        ? `part of what the ${worker} worker measures: it could not read everything`
        : `whether plans that rest on the ${worker} worker have helped: its facts are ${status.toLowerCase()}`,
    );
}

type Written = 'remediation_plan' | 'remediation_event' | 'remediation_check' | 'remediation_summary';

async function write<T extends Written>(
  { trx, recorder, sourceId, runId }: AdvisorContext,
  table: T,
  rows: readonly Omit<RiskRow<T>, 'source_id' | 'run_id'>[],
): Promise<void> {
  const keyed = rows.map((row) => ({ source_id: sourceId, run_id: runId, ...row }));
  recorder.rowsLoaded += await insertRiskRows(trx, table, keyed as unknown as RiskRow<T>[]);
}
