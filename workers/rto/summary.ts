import { sql } from 'kysely';
import type { RecoveryEstate } from '../../src/analysis/recovery/estate.ts';
import type { NextTest } from '../../src/analysis/recovery/next-tests.ts';
import type { RecoveryPool } from '../../src/analysis/recovery/pool.ts';
import { priorShare } from '../../src/analysis/recovery/probability.ts';
import type { BusinessContext } from '../../src/business/context.ts';
import type { BulkRow } from '../../src/pipeline/bulk.ts';
import type { Context, Trx } from '../shared/facts.ts';
import type { Slots } from './read-places.ts';

type Row = Omit<BulkRow<'recovery_summary'>, 'source_id' | 'run_id'>;

export type Concluded = {
  estate: RecoveryEstate;
  pool: RecoveryPool;
  tests: NextTest[];
  trials: number;
  slots: Slots;
  business: BusinessContext;
};

const KEPT_TESTS = 20;

/** The recoverability of the source as one, and how completely it is known. */
export async function summarise(trx: Trx, context: Context, concluded: Concluded): Promise<Row> {
  const { estate, pool, slots, business } = concluded;
  const { coverage, throughput, bandwidth } = estate;
  const named = await countNamed(trx, context);
  const isAzure = context.source.kind === 'azure';
  return {
    concluded_at: context.sourceNow,
    time_zone: context.source.zone,
    workloads: coverage.workloads,
    tested_workloads: coverage.tested,
    never_tested: coverage.neverTested,
    coverage: coverage.coverage,
    coverage_bytes: coverage.coverageBytes,
    coverage_by_tier: coverage.byTier,
    by_sla: estate.bySla,
    by_rpo: estate.byRpo,
    hidden_breaches: estate.hiddenBreaches,
    without_safe_point: estate.withoutSafePoint,
    trials: concluded.trials,
    excluded_trials: pool.excluded,
    unmapped_trials: pool.unmapped,
    pool: toPool(pool),
    slots: slots.count,
    slots_basis: slots.basis,
    gib_per_minute: throughput.gibPerMinute,
    rate_basis: throughput.basis,
    overhead_minutes: throughput.overheadMinutes,
    bandwidth_gib_per_minute: bandwidth.gibPerMinute,
    bandwidth_basis: bandwidth.basis,
    max_within_rto: estate.mostWithinRto?.machines ?? null,
    next_tests: concluded.tests.slice(0, KEPT_TESTS).map((test) => ({
      workload_id: test.workloadId,
      name: test.name,
      benefit: test.benefit,
      reason: test.reason,
      expected_minutes: test.expectedMinutes,
      is_expected_too_slow: test.isExpectedTooSlow,
    })),
    targets_file: business.path,
    targets_fingerprint: business.fingerprint,
    points_read_at: await readAt(trx, context, isAzure ? 'recoveryPoints' : 'restorePoints'),
    restores_read_at: await readAt(trx, context, isAzure ? 'backupJobs' : 'recovery sessions by creation'),
    completeness: context.recorder.endpoints.map(({ endpoint, outcome, rowsFetched, rowsTotal, reason }) => ({
      endpoint,
      outcome,
      rows_fetched: rowsFetched,
      rows_total: rowsTotal,
      reason: reason ?? null,
    })),
    not_known: notKnown(context, concluded, named),
  };
}

function toPool(pool: RecoveryPool) {
  const { success, throughput } = pool;
  const { basis, n, gibPerMinute, overheadMinutes, lowGibPerMinute, highGibPerMinute } = throughput.fleet;
  return {
    trials: success.n,
    ok: success.passed,
    lower_bound: priorShare(success),
    throughput: {
      basis,
      n,
      gib_per_minute: gibPerMinute,
      gib_per_minute_low: lowGibPerMinute,
      gib_per_minute_high: highGibPerMinute,
      overhead_minutes: overheadMinutes,
    },
  };
}

/** When an endpoint was read to its end last, by the clock of the source; null: never. */
async function readAt(trx: Trx, { sourceId, sourceNow, recorder }: Context, endpoint: string) {
  if (recorder.endpoints.some((one) => one.endpoint === endpoint && one.outcome === 'complete'))
    return sourceNow;
  const { rows } = await sql<{ at: Date | null }>`
    select max(r.source_time) as at
      from run_endpoint e join run r on r.source_id = e.source_id and r.run_id = e.run_id
     where e.source_id = ${sourceId} and e.endpoint = ${endpoint} and e.outcome = 'complete'`.execute(trx);
  return rows[0]?.at ?? null;
}

const MISSING: Record<string, string> = {
  forbidden: 'the account may not read it',
  failed: 'could not be read in this run',
  incomplete: 'read only in part',
};

const NEVER_PERMITTED =
  'the account was never permitted to read it, an extra that a run is complete without (role Reader on the machines)';

/** Trials that only their object's name leads to a workload: that a name is right cannot be proven. */
async function countNamed(trx: Trx, { sourceId }: Context): Promise<number> {
  const { rows } = await sql<{ trials: number }>`
    select count(*) as trials from restore_trial
     where source_id = ${sourceId} and mapped_by = 'NAME' and vanished_at is null`.execute(trx);
  return rows[0]?.trials ?? 0;
}

/** What no run could know, as the interface does not tell it. */
const NEVER_TOLD = {
  veeam: [
    'results of SureBackup machine by machine: the API has them for whole sessions only; import:surebackup adds them',
    'which restore points are damaged: the API does not give the results of health checks by point',
  ],
  azure: [
    'whether restore points are damaged or infected: Azure Backup does not say',
    'how large machines and databases are in a backup: Azure Backup says it of file shares only',
  ],
};

function notKnown(
  { recorder, source }: Context,
  { estate, pool, slots }: Concluded,
  named: number,
): string[] {
  return [
    ...recorder.endpoints.flatMap(({ endpoint, outcome, isExtra }) =>
      MISSING[outcome] ? [`${endpoint}: ${isExtra ? NEVER_PERMITTED : MISSING[outcome]}`] : [],
    ),
    ...estate.reasons,
    ...(slots.basis === 'ASSUMED'
      ? [
          `how many restores can run at once: no limit of a proxy or repository is readable, ${slots.count} are assumed`,
        ]
      : []),
    ...(pool.unmapped > 0
      ? [`which machine ${pool.unmapped} trials were about: the source gives no id of it`]
      : []),
    ...(named > 0
      ? [`whether ${named} trials were about the machine whose name they give: the source gives no id of it`]
      : []),
    ...NEVER_TOLD[source.kind],
  ];
}
