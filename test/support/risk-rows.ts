import { randomUUID } from 'node:crypto';
import type { Insertable } from 'kysely';
import type { RiskAssessment, RiskFacts } from '../../src/analysis/risk/facts.ts';
import { assessRisk } from '../../src/analysis/risk/items.ts';
import { SEVERITIES } from '../../src/analysis/risk/score.ts';
import type { RiskDB } from '../../src/db/connect.ts';
import type { Databases } from '../../src/db/database.ts';
import { insertRiskRows, type RiskRow } from '../../src/pipeline/bulk.ts';
import {
  hazardsOn,
  toEstate,
  toFactRows,
  toHazardRows,
  toItemRow,
  unprotectedOf,
} from '../../workers/risk/rows.ts';
import {
  capacity,
  DAY,
  facts,
  failing,
  HOUR,
  inputs,
  integrity,
  job,
  NOW,
  repository,
  signal,
  TIER_1,
  untested,
  workload,
} from '../analysis/risk/builders.ts';
import { addServer, addSource, hoursBefore, RUN_AT, SOURCE, uuid } from './health-rows.ts';

type Row<Table extends keyof RiskDB> = Insertable<RiskDB[Table]>;

export {
  capacity,
  facts as riskFacts,
  failing,
  inputs as riskInputs,
  integrity,
  job,
  repository,
  signal,
  TIER_1,
  untested,
  workload,
};

/** Ids of the small estate. */
export const RISK_ID = {
  full: 'repo-full',
  roomy: 'repo-roomy',
  sql: 'job-sql',
  web: 'job-web',
  old: 'job-old',
  sql01: 'vm-sql01',
  web01: 'vm-web01',
  never: 'vm-never',
  orphan: 'vm-orphan',
};

/** The same facts at another time: whatever is an instant moves along. */
export function atTime<T>(value: T, time: Date): T {
  const by = time.getTime() - NOW;
  const move = (part: unknown): unknown => {
    if (typeof part === 'number') return part > 1e12 ? part + by : part;
    if (Array.isArray(part)) return part.map(move);
    if (part === null || typeof part !== 'object') return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, move(inner)]));
  };
  return move(value) as T;
}

/** A run of an advisor that took a minute and succeeded. @returns its id */
export async function addAdvisorRun(
  { risk }: Pick<Databases, 'risk'>,
  row: Partial<Row<'run'>> & { worker: string },
): Promise<string> {
  const finished = row.finished_at === undefined ? RUN_AT : row.finished_at;
  const run = {
    source_id: SOURCE,
    run_id: randomUUID(),
    status: 'succeeded',
    started_at: hoursBefore(finished ? new Date(finished) : RUN_AT, 1 / 60),
    finished_at: finished,
    program_version: '0.1.0',
    ...row,
  };
  await risk.db.insertInto('run').values(run).execute();
  return run.run_id;
}

/** The metrics database as a collector opened it, and the risk database as an advisor. */
export type RiskDatabases = Pick<Databases, 'metrics' | 'risk'>;

type Written = Exclude<Extract<keyof RiskDB, `risk_${string}`>, never>;

export type RiskRunOf = {
  finished_at?: Date;
  source_id?: string;
  run_id?: string;
  summary?: Partial<Row<'risk_summary'>>;
};

/** What the risk worker writes of some facts, which are of `NOW` and are moved to the time of the run. */
export async function addRiskRun(
  databases: Pick<Databases, 'risk'>,
  given: RiskFacts,
  { finished_at = RUN_AT, source_id = SOURCE, run_id = randomUUID(), summary = {} }: RiskRunOf = {},
): Promise<{ run_id: string; assessment: RiskAssessment; facts: RiskFacts }> {
  const moved = { ...atTime(given, finished_at), sourceId: source_id };
  const known = {
    ...moved,
    inputs: moved.inputs.map((input) => ({ ...input, sourceId: source_id })),
  };
  const assessment = assessRisk(known);
  const { items, estate } = assessment;
  await addAdvisorRun(databases, { worker: 'risk', source_id, run_id, finished_at });
  const refs = {
    of: (rows: readonly { table: string; id: string }[]) => rows.map((row) => ({ ...row, run_id: null })),
  };
  const tables: [Written, Record<string, unknown>[]][] = [
    ['risk_item', items.map((item, index) => toItemRow(item, index + 1))],
    ['risk_hazard', items.flatMap((item) => toHazardRows(item, assessment.inputs, refs))],
    ['risk_facts', [...toFactRows(known)]],
    ['risk_input', assessment.inputs.map(inputRow)],
    ['risk_summary', [{ ...summaryRow(known, assessment, finished_at), ...summary }]],
  ];
  await databases.risk.db.transaction().execute(async (trx) => {
    for (const [table, rows] of tables) {
      const keyed = rows.map((row) => ({ source_id, run_id, ...row }));
      for (let first = 0; first < keyed.length; first += 2000)
        await insertRiskRows(trx, table, keyed.slice(first, first + 2000) as unknown as RiskRow<Written>[]);
    }
  });
  return { run_id, assessment, facts: known };

  function summaryRow({ jobs }: RiskFacts, of: RiskAssessment, concluded_at: Date) {
    return {
      concluded_at,
      status: estate.status,
      workloads: estate.workloads,
      jobs: jobs.filter(({ isDeleted }) => !isDeleted).length,
      items: items.length,
      by_category: estate.listed,
      not_assessed: estate.notAssessed,
      unprotected: unprotectedOf(of),
      estate_score: estate.score,
      estate_low: estate.scoreLow,
      estate_high: estate.scoreHigh,
      estate_assumption_points: estate.status === 'NO_DATA' ? null : estate.assumptionPoints,
      estate: toEstate(estate),
      severities: SEVERITIES,
      config_file: null,
      config_fingerprint: 'first',
      not_known: [],
    };
  }
}

function inputRow(state: RiskAssessment['inputs'][number]) {
  return {
    worker: state.worker,
    status: state.status,
    input_run_id: state.lastSuccessAt === null ? null : uuid(700),
    concluded_at: state.lastSuccessAt === null ? null : new Date(state.lastSuccessAt),
    age_hours: state.ageHours,
    expected_hours: state.expectedHours ?? 24,
    completeness: state.completeness,
    missing: [...state.missing],
    hazards: hazardsOn(state),
    reason: state.status === 'FRESH' ? null : 'it was not there',
  };
}

/**
 * An estate with something of everything: a full repository under twelve jobs, a failing job, a tier-1 machine that was
 * never restored, one of which nothing is known, a disabled job that leaves a machine unprotected, and malware detection
 * switched off.
 */
export function riskEstate(given: Partial<RiskFacts> = {}): RiskFacts {
  const id = RISK_ID;
  const many = Array.from({ length: 12 }, (_, index) => `job-file-${String(index).padStart(2, '0')}`);
  return facts({
    inputs: inputs(),
    jobs: [
      job(id.sql, { name: 'SQL Täglich', repositoryIds: [id.roomy], gap: failing() }),
      job(id.web, { name: 'Web', repositoryIds: [id.roomy] }),
      job(id.old, { name: 'Old App', repositoryIds: [id.roomy], isEnabled: false }),
      ...many.map((name) => job(name, { name, repositoryIds: [id.full] })),
    ],
    repositories: [
      repository(id.full, {
        name: 'Repo Voll',
        capacity: capacity({ status: 'EXCEEDED', refs: [{ table: 'capacity_forecast', id: id.full }] }),
      }),
      repository(id.roomy, { name: 'Repo Groß' }),
    ],
    workloads: [
      workload(id.sql01, { name: 'sql01', jobIds: [id.sql], repositoryIds: [id.roomy] }),
      workload(id.web01, {
        name: 'web01',
        jobIds: [id.web],
        repositoryIds: [id.roomy],
        recover: untested(),
      }),
      workload(id.never, {
        name: 'never01',
        jobIds: [],
        repositoryIds: [],
        integrity: null,
        recover: null,
        tier: { tier: null, weight: 0.6, low: 0.25, high: 1, rule: null, basis: 'assumed' },
      }),
      workload(id.orphan, { name: 'orphan01', jobIds: [id.old], repositoryIds: [id.roomy] }),
      ...many.map((name, index) =>
        workload(`vm-file-${index}`, {
          name: `file${index}`,
          jobIds: [name],
          repositoryIds: [id.full],
          tier: { tier: 3, weight: 0.5, low: 0.5, high: 0.5, rule: 'file*', basis: 'pattern' },
        }),
      ),
    ],
    ...given,
  });
}

/** The source and its server in the metrics database, which risks are about. */
export async function addRiskSource({ metrics }: Pick<Databases, 'metrics'>): Promise<void> {
  await addSource(metrics.db);
  await addServer(metrics.db);
}

/** A week earlier: the job ran, the repository had room, a machine was infected, and another one was still there. */
export function earlierEstate(): RiskFacts {
  const estate = riskEstate();
  return {
    ...estate,
    jobs: estate.jobs.map((one) =>
      one.id === RISK_ID.sql ? job(one.id, { ...one, gap: job('x').gap }) : one,
    ),
    repositories: estate.repositories.map((one) => ({ ...one, capacity: capacity() })),
    workloads: [
      ...estate.workloads.map((one) =>
        one.id === RISK_ID.web01
          ? { ...one, integrity: integrity({ signals: [signal('MALWARE_INFECTED')] }) }
          : one,
      ),
      workload('vm-gone', {
        name: 'gone01',
        jobIds: [RISK_ID.web],
        repositoryIds: [RISK_ID.roomy],
        recover: untested(),
      }),
    ],
  };
}

type Compliance = Partial<Row<'risk_compliance'>> & { run_id: string; workload_id: string };

/** 3-2-1-1-0 of a workload: all proven unless said otherwise. */
export async function addCompliance({ risk }: Pick<Databases, 'risk'>, row: Compliance): Promise<void> {
  const digit = (status: string, table: string, expires: Date | null) => ({
    status,
    rows: [{ table, run_id: uuid(700), id: row.workload_id }],
    expires_at: expires?.toISOString() ?? null,
    reasons: status === 'PROVEN' ? [] : ['1 of 3 shown'],
  });
  const later = hoursBefore(RUN_AT, -72);
  const names = ['copies', 'media', 'offsite', 'immutable', 'zero_errors', 'rpo', 'rto'] as const;
  const statuses = Object.fromEntries(names.map((name) => [name, row[name] ?? 'PROVEN']));
  const digits = Object.fromEntries(
    names.map((name) => [name, digit(String(statuses[name]), 'recovery_location', later)]),
  );
  await risk.db
    .insertInto('risk_compliance')
    .values({
      source_id: SOURCE,
      name: row.workload_id,
      tier: 1,
      ...(statuses as Record<(typeof names)[number], string>),
      digits: JSON.stringify({
        ...digits,
        rpo: { ...digits.rpo, status: 'MET', target_hours: 24, age_hours: 3.5 },
        rto: { ...digits.rto, status: 'UNTESTED', target_minutes: 30 },
      }),
      first_expires_at: later,
      ...row,
    })
    .execute();
}

export async function addComplianceTier(
  { risk }: Pick<Databases, 'risk'>,
  row: Partial<Row<'risk_compliance_tier'>> & { run_id: string; tier: number },
): Promise<void> {
  const three = { proven: 2, unproven: 1, broken: 1 };
  const counts = {
    copies: three,
    media: three,
    offsite: three,
    immutable: three,
    zero_errors: three,
    rule: three,
  };
  await risk.db
    .insertInto('risk_compliance_tier')
    .values({
      source_id: SOURCE,
      workloads: 4,
      counts: JSON.stringify({
        ...counts,
        rpo: { MET: 3, AT_RISK: 0, BREACHED: 1, NEVER: 0, UNKNOWN: 0 },
        rto: { COMPLIANT: 1, AT_RISK: 0, NON_COMPLIANT: 0, UNPROVEN: 0, UNTESTED: 3, UNKNOWN: 0 },
      }),
      all_proven: 2,
      any_broken: 1,
      ...row,
    })
    .execute();
}

export const PLAN_AT = RUN_AT;
export const dayBefore = (time: Date, days: number) => hoursBefore(time, (days * DAY) / HOUR);

type Plan = Partial<Row<'remediation_plan'>> & { run_id: string; plan_id: string };

/** A version of a plan; what a run with everything in it writes. */
export async function addPlan({ risk }: Pick<Databases, 'risk'>, row: Plan): Promise<void> {
  const option = (option_id: string, delta: number | null, hours: number) => ({
    option_id,
    rule_id: 'untested',
    text: `do ${option_id}`,
    steps: [`Open Backup Infrastructure for ${option_id}`, 'Restore to an isolated network'],
    prerequisites: ['A recent usable restore point'],
    risks: ['The restored machine may reach production'],
    rollback: 'Delete the restored machine',
    verification: 'The machine answers within the RTO',
    effort_low_hours: 2,
    effort_high_hours: hours,
    what_if: { kind: 'changes', changes: [{ kind: 'pass_restore_test', workloadId: RISK_ID.web01 }] },
    expected_score_after: delta === null ? null : 41.5 - delta,
    delta,
    doubt_removed: 0,
    benefit_per_hour: delta === null ? 0 : delta / hours,
  });
  const cite = {
    source: 'workload_recovery',
    id: RISK_ID.web01,
    field: 'trials',
    value: 0,
    as_of: RUN_AT.toISOString(),
  };
  await risk.db
    .insertInto('remediation_plan')
    .values({
      source_id: SOURCE,
      version: 1,
      risk_run_id: uuid(800),
      item_id: `workload:${RISK_ID.web01}`,
      created_at: hoursBefore(RUN_AT, 1 / 60),
      scope_type: 'WORKLOAD',
      scope_id: RISK_ID.web01,
      name: 'web01',
      risk_type: 'recover',
      rule_ids: ['untested'],
      title: 'It has never been restored',
      urgency: 'MEDIUM',
      urgency_reason: 'priority 30 or more',
      tier: 1,
      tier_weight: 1,
      score_now: 41.5,
      expected_score_after: 13.6,
      delta: 27.9,
      effort_low_hours: 2.5,
      effort_high_hours: 7.8,
      benefit_per_hour: 27.9 / 7.8,
      rank: 1,
      hypotheses: JSON.stringify([
        { rule_id: 'untested', text: 'nobody has tried a restore: 0 trials', weight: 0.9, cites: [cite] },
        { rule_id: 'slots', text: 'there are too few slots', weight: 0.2, cites: [] },
      ]),
      evidence: JSON.stringify([cite]),
      investigation_steps: JSON.stringify([
        { text: 'Look at the last restore sessions', minutes: 20, rule_id: 'untested' },
      ]),
      options: JSON.stringify([option('restore_test', 27.9, 7.8), option('surebackup', 20, 11.7)]),
      verify: JSON.stringify([
        {
          metric: 'restore_p',
          op: '>=',
          target: 0.8,
          window_hours: 24,
          current: 0.5,
          as_of: null,
          met: false,
        },
        {
          metric: 'days_since_test',
          op: '<=',
          target: 90,
          window_hours: 24,
          current: null,
          as_of: null,
          met: false,
        },
      ]),
      subject: JSON.stringify({ job_ids: [], workload_ids: [RISK_ID.web01], repository_ids: [] }),
      covers: [],
      not_known: JSON.stringify(['the hazard gap rests on an assumption']),
      ...row,
    })
    .execute();
}

type Event = Partial<Row<'remediation_event'>> & { run_id: string; plan_id: string; status: string };

export async function addPlanEvent({ risk }: Pick<Databases, 'risk'>, row: Event): Promise<void> {
  await risk.db
    .insertInto('remediation_event')
    .values({
      source_id: SOURCE,
      version: 1,
      at: hoursBefore(RUN_AT, 1 / 60),
      reason: 'new',
      metrics: JSON.stringify([]),
      score_then: 41.5,
      predicted_score: 13.6,
      ...row,
    })
    .execute();
}

type Check = Partial<Row<'remediation_check'>> & { run_id: string; plan_id: string };

export async function addPlanCheck({ risk }: Pick<Databases, 'risk'>, row: Check): Promise<void> {
  await risk.db
    .insertInto('remediation_check')
    .values({
      source_id: SOURCE,
      version: 1,
      checked_at: hoursBefore(RUN_AT, 1 / 60),
      status: 'OPEN',
      is_present: true,
      is_frozen: false,
      rank: 1,
      score_now: 40.2,
      metrics: JSON.stringify([
        {
          metric: 'restore_p',
          op: '>=',
          target: 0.8,
          window_hours: 24,
          current: 0.55,
          as_of: null,
          met: false,
        },
        {
          metric: 'days_since_test',
          op: '<=',
          target: 90,
          window_hours: 24,
          current: 12,
          as_of: null,
          met: true,
        },
      ]),
      ...row,
    })
    .execute();
}

/** A run of the remediation worker with its summary. @returns its id */
export async function addRemediationRun(
  databases: Pick<Databases, 'risk'>,
  row: Partial<Row<'remediation_summary'>> & { finished_at?: Date; source_id?: string; run_id?: string } = {},
): Promise<string> {
  const { finished_at = RUN_AT, run_id: given, ...summary } = row;
  const { source_id = SOURCE } = summary;
  const run_id = await addAdvisorRun(databases, {
    worker: 'remediation',
    finished_at,
    source_id,
    ...(given ? { run_id: given } : {}),
  });
  await databases.risk.db
    .insertInto('remediation_summary')
    .values({
      concluded_at: hoursBefore(finished_at, 1 / 60),
      considered: 5,
      open_plans: 3,
      new_versions: 3,
      verified: 0,
      reopened: 0,
      merged: 0,
      cut: 0,
      frozen: false,
      frozen_plans: 0,
      reason: null,
      not_known: JSON.stringify([]),
      ...summary,
      source_id,
      run_id,
    })
    .execute();
  return run_id;
}
