import type { RiskAssessment } from '../../src/analysis/risk/facts.ts';
import { assessRisk } from '../../src/analysis/risk/items.ts';
import type { InputState } from '../../src/analysis/risk/staleness.ts';
import type { BusinessContext } from '../../src/business/context.ts';
import type { Advisor, AdvisorContext, AdvisorInput } from '../../src/pipeline/advisor.ts';
import { insertRiskRows, type RiskRow } from '../../src/pipeline/bulk.ts';
import { listLocations } from '../../src/queries/risk-workloads.ts';
import { judgeCompliance } from './compliance.ts';
import { type Gathered, gather } from './gather.ts';
import { evidenceRefs, type Refs } from './refs.ts';
import {
  hazardsOn,
  reasonOf,
  toEstate,
  toFactRows,
  toHazardRows,
  toInputRow,
  toItemRow,
  unprotectedOf,
} from './rows.ts';
import { toUnreadText } from './unread.ts';

/** The risk worker: metrics in, risks and compliance out, nothing else reached. `business`: tiers, targets, severities. */
export function createRisk(business: BusinessContext): Advisor {
  return { name: 'risk', conclude: (context) => conclude(context, business) };
}

async function conclude(context: AdvisorContext, business: BusinessContext): Promise<AdvisorInput[]> {
  const { metrics, sourceId, now } = context;
  const gathered = await gather(metrics, { sourceId, now, business });
  const assessment = assessRisk(gathered.facts, business.risk.severities);
  const refs = evidenceRefs(gathered.inputs);
  context.progress(`${assessment.items.length} risks`);
  await writeItems(context, assessment, refs);
  await writeFacts(context, gathered);
  await writeCompliance(context, gathered, assessment, { business, refs });
  await write(
    context,
    'risk_input',
    assessment.inputs.map((state) => toInputRow(state, inputOf(gathered, state))),
  );
  await write(context, 'risk_summary', [toSummary(context, gathered, assessment, business)]);
  return assessment.inputs.map((state) => toAdvisorInput(state, gathered));
}

/** Rows in memory at a time on their way to the database. */
const BATCH = 500;

async function writeItems(
  context: AdvisorContext,
  { items, inputs }: RiskAssessment,
  refs: Refs,
): Promise<void> {
  for (let start = 0; start < items.length; start += BATCH) {
    const batch = items.slice(start, start + BATCH);
    await write(
      context,
      'risk_item',
      batch.map((item, index) => toItemRow(item, start + index + 1)),
    );
    await write(
      context,
      'risk_hazard',
      batch.flatMap((item) => toHazardRows(item, inputs, refs)),
    );
  }
}

async function writeFacts(context: AdvisorContext, { facts }: Gathered): Promise<void> {
  for (const row of toFactRows(facts)) await write(context, 'risk_facts', [row]);
}

async function writeCompliance(
  context: AdvisorContext,
  gathered: Gathered,
  { estate }: RiskAssessment,
  about: { business: BusinessContext; refs: Refs },
): Promise<void> {
  const { metrics, sourceId } = context;
  const locations = await listLocations(metrics, { sourceId, rtoRunId: gathered.inputs.rto.runId });
  const { workloads, tiers } = judgeCompliance(gathered, locations, { ...about, left: estate.left });
  for (const batch of batches(workloads)) await write(context, 'risk_compliance', batch);
  await write(context, 'risk_compliance_tier', tiers);
}

function* batches<T>(rows: Iterable<T>): Generator<T[]> {
  let batch: T[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

type Written =
  | 'risk_item'
  | 'risk_hazard'
  | 'risk_facts'
  | 'risk_input'
  | 'risk_compliance'
  | 'risk_compliance_tier'
  | 'risk_summary';

/** Under the id of the run, and counted in its record. */
async function write<T extends Written>(
  { trx, recorder, sourceId, runId }: AdvisorContext,
  table: T,
  rows: Omit<RiskRow<T>, 'source_id' | 'run_id'>[],
): Promise<void> {
  const keyed = rows.map((row) => ({ source_id: sourceId, run_id: runId, ...row }));
  recorder.rowsLoaded += await insertRiskRows(trx, table, keyed as unknown as RiskRow<T>[]);
}

function toSummary(
  { now }: AdvisorContext,
  gathered: Gathered,
  assessment: RiskAssessment,
  business: BusinessContext,
): Omit<RiskRow<'risk_summary'>, 'source_id' | 'run_id'> {
  const { estate, items } = assessment;
  return {
    concluded_at: now,
    status: estate.status,
    workloads: estate.workloads,
    jobs: gathered.facts.jobs.filter(({ isDeleted }) => !isDeleted).length,
    items: items.length,
    by_category: estate.listed,
    not_assessed: estate.notAssessed,
    unprotected: unprotectedOf(assessment),
    estate_score: estate.score,
    estate_low: estate.scoreLow,
    estate_high: estate.scoreHigh,
    estate_assumption_points: estate.status === 'NO_DATA' ? null : estate.assumptionPoints,
    estate: toEstate(estate),
    severities: business.risk.severities,
    config_file: business.path,
    config_fingerprint: business.fingerprint,
    not_known: notKnown(gathered, assessment),
  };
}

function notKnown(gathered: Gathered, { inputs, estate, items }: RiskAssessment): string[] {
  const { unmappedEvents, machines } = gathered;
  const unread = toUnreadText(gathered.unread);
  const elsewhere = Map.groupBy(machines.elsewhere.values(), (home) => home);
  const untellable = items.filter(
    ({ scope, contributions }) => scope === 'workload' && contributions.some((each) => each.isUntellable),
  ).length;
  return [
    ...inputs
      .filter(({ status }) => status !== 'FRESH')
      .map((state) => {
        const hazards = hazardsOn(state).join(', ');
        return `${state.worker} is ${state.status}: ${reasonOf(state, inputOf(gathered, state)) ?? ''}; ${hazards} rest on it`;
      }),
    ...(estate.status === 'NO_DATA' ? ['anything: no job and no workload is known'] : []),
    ...(estate.notAssessed > 0
      ? [`${estate.notAssessed} workloads: less than half of what matters was measured`]
      : []),
    ...(untellable > 0
      ? [
          `whether the backups of ${untellable} workloads are unusable or poisoned: the source does not say, so it counts with what is usual`,
        ]
      : []),
    ...[...elsewhere].map(
      ([home, all]) =>
        `${all.length} workloads: they are the same machines as workloads of ${home}, and assessed there`,
    ),
    ...(unread === null
      ? []
      : [`copies elsewhere: ${unread}, so what is not seen here is not known to be missing`]),
    ...(unmappedEvents > 0 ? [`which workload ${unmappedEvents} malware events are about`] : []),
  ];
}

const inputOf = ({ inputs }: Gathered, { worker }: Pick<InputState, 'worker'>) => inputs[worker];

function toAdvisorInput(state: InputState, gathered: Gathered): AdvisorInput {
  const input = inputOf(gathered, state);
  const isComplete = state.status === 'FRESH';
  const reason = reasonOf(state, input);
  return {
    name: state.worker,
    rows: input.rows,
    isComplete,
    reason: isComplete ? undefined : `${state.status}: ${reason ?? ''}`,
  };
}
