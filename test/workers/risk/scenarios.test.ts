import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assessRisk } from '../../../src/analysis/risk/items.ts';
import { riskWhatIf } from '../../../src/analysis/risk/what-if.ts';
import { asRiskReader } from '../../../src/db/connect.ts';
import { readRiskFacts } from '../../../src/queries/risk-facts.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { NOW, simulate } from '../../support/simulated.ts';
import { businessOf, collect, type Risks, riskOf, runRisk } from './helpers.ts';

/** An estate of a scenario, read by all collectors and judged. */
async function judged(
  scenario: string,
  database: TestDatabase,
  { jobs = 20, toml = '' }: { jobs?: number; toml?: string } = {},
): Promise<Risks> {
  await using simulator = await simulate({ scenario, jobs });
  await collect(simulator, database, { now: NOW });
  const summary = await runRisk(database, NOW, businessOf(toml));
  assert.notEqual(summary.status, 'failed', JSON.stringify(summary));
  const risks = await riskOf(database);
  holdSums(risks);
  return risks;
}

/** Every contribution stands there, they add up, and every item that is referred to exists. */
function holdSums({ items, hazards }: Risks): void {
  const points = Map.groupBy(hazards, ({ item_id }) => item_id);
  const known = new Set(items.map(({ item_id }) => item_id));
  for (const item of items) {
    const sum = (points.get(item.item_id) ?? []).reduce((total, row) => total + row.points, 0);
    assert.ok(Math.abs(sum - item.score) < 1e-9, `${item.item_id}: ${sum} of ${item.score}`);
    for (const key of item.caused_by) assert.ok(known.has(key), `${item.item_id} refers to ${key}`);
  }
  assert.deepEqual(
    items.map(({ rank }) => rank),
    items.map((_, index) => index + 1),
  );
}

const hazardOf = ({ hazards }: Risks, itemId: string, hazard: string) => {
  const row = hazards.find((one) => one.item_id === itemId && one.hazard === hazard);
  assert.ok(row, `${itemId} has no ${hazard}`);
  return row;
};

test('a full repository is one risk with all its jobs, to which theirs refer', async () => {
  await using database = await createTestDatabase();
  const risks = await judged('repository-full', database);
  const full = risks.items.filter(
    ({ scope_type, item_id }) =>
      scope_type === 'REPOSITORY' && hazardOf(risks, item_id, 'capacity').q >= 0.95,
  );
  assert.equal(full.length, 1);
  const [item] = full;
  assert.ok(item?.is_listed);
  const jobs = await database.metrics.db
    .selectFrom('job')
    .select('job_id')
    .where('repository_id', '=', item.scope_id)
    .where('is_disabled', 'is', false)
    .orderBy('job_id')
    .execute();
  assert.ok(jobs.length > 1);
  assert.deepEqual(
    item.job_ids.toSorted(),
    jobs.map(({ job_id }) => job_id),
  );
  for (const { job_id } of jobs) {
    const job = risks.items.find(({ item_id }) => item_id === `job:${job_id}`);
    assert.ok(job?.caused_by.includes(item.item_id), job_id);
  }
  const incidents = risks.items.filter(({ scope_type }) => scope_type === 'INCIDENT');
  assert.ok(incidents.some(({ job_ids }) => jobs.every(({ job_id }) => job_ids.includes(job_id))));
});

test('the facts that are kept give the same scores again, number for number, and others after a change', async () => {
  await using database = await createTestDatabase();
  const risks = await judged('repository-full', database);
  const { source_id: sourceId, run_id: runId, severities } = risks.summary;
  const reader = asRiskReader((await database.as('reader')).risk.db);
  const facts = await readRiskFacts(reader, { sourceId, runId });
  assert.ok(facts);
  const again = assessRisk(facts, severities as never);
  assert.deepEqual(
    again.items.map(({ key, score, scoreLow, scoreHigh, priority }) => [
      key,
      score,
      scoreLow,
      scoreHigh,
      priority,
    ]),
    risks.items.map((row) => [row.item_id, row.score, row.score_low, row.score_high, row.priority]),
  );
  const full = risks.items.find(
    ({ scope_type, item_id }) =>
      scope_type === 'REPOSITORY' && hazardOf(risks, item_id, 'capacity').q >= 0.95,
  );
  const answer = riskWhatIf(facts, [{ kind: 'expand_repository', repositoryId: full?.scope_id ?? '' }]);
  assert.ok((answer.estateDelta ?? 0) > 0);
  assert.equal(
    await readRiskFacts(reader, { sourceId, runId: '00000000-0000-0000-0000-000000000000' }),
    undefined,
  );
});

test('a job that never ran is feared by itself, a disabled one leaves its machines unprotected', async () => {
  await using database = await createTestDatabase();
  const risks = await judged('never-ran', database);
  const never = await database.metrics.db
    .selectFrom('job_health')
    .select('job_id')
    .where('freshness', '=', 'NEVER')
    .where('job_enabled', 'is', true)
    .where('job_type', 'not like', '%SureBackup%')
    .execute();
  assert.ok(never.length > 0);
  for (const { job_id } of never) {
    const item = risks.items.find(({ item_id }) => item_id === `job:${job_id}`);
    assert.ok(item?.is_listed, job_id);
    assert.ok(hazardOf(risks, item.item_id, 'gap').q >= 0.9);
  }

  await using other = await createTestDatabase();
  const disabled = await judged('disabled-jobs', other);
  const all = disabled.summary.unprotected as { workload_id?: string; job_id?: string; reason: string }[];
  const flagged = disabled.items.filter(
    ({ flags, scope_type, affected_workloads }) =>
      flags.includes('UNPROTECTED') && (scope_type === 'WORKLOAD' || affected_workloads === 0),
  );
  assert.deepEqual(
    new Set(all.map(({ workload_id, job_id }) => workload_id ?? job_id)),
    new Set(flagged.map(({ scope_id }) => scope_id)),
    'the list agrees with the flag',
  );
  const listed = all.flatMap(({ workload_id, reason }) => (workload_id ? [{ workload_id, reason }] : []));
  assert.ok(listed.length > 0);
  for (const { workload_id, reason } of listed) {
    const item = disabled.items.find(({ item_id }) => item_id === `workload:${workload_id}`);
    assert.ok(item);
    assert.ok(item.flags.includes('UNPROTECTED'));
    assert.equal(reason, 'its jobs are disabled');
    const jobs = await other.metrics.db
      .selectFrom('job')
      .select('is_disabled')
      .where('job_id', 'in', item.job_ids)
      .where('type', '!~*' as 'like', 'copy|replica')
      .execute();
    assert.ok(
      jobs.every(({ is_disabled }) => is_disabled),
      workload_id,
    );
  }
});

test('what looks like ransomware is one hazard of the machine with all its reasons and their rows', async () => {
  await using database = await createTestDatabase();
  const risks = await judged('ransomware', database);
  const suspected = risks.hazards.filter(
    ({ item_id, hazard, q }) => item_id.startsWith('workload:') && hazard === 'integrity' && q >= 0.5,
  );
  assert.ok(suspected.length > 0);
  const infected = suspected.find(({ reasons }) => reasons.some((text) => text.startsWith('malware found')));
  assert.ok(infected && infected.q >= 0.9, 'an infected machine');
  for (const { evidence } of suspected) {
    const rows = evidence as { table: string; run_id: string | null; id: string }[];
    const found = rows.filter(({ table }) => table === 'malware_event' || table === 'efficiency_anomaly');
    assert.ok(found.length > 0);
    for (const { table, id } of found) {
      const column = table === 'malware_event' ? 'event_id' : 'anomaly_id';
      const row = await database.metrics.db
        .selectFrom(table as 'malware_event')
        .select(column as 'event_id')
        .where(column as 'event_id', '=', id)
        .executeTakeFirst();
      assert.ok(row, `${table} ${id}`);
    }
  }
});

test('a tier 1 machine that was never restored comes before the same without a tier', async () => {
  await using database = await createTestDatabase();
  const plain = await judged('recovery-untested-tier1', database);
  const untested = plain.items.find(
    ({ scope_type, flags }) => scope_type === 'WORKLOAD' && flags.includes('NOT_TESTED'),
  );
  assert.ok(untested);
  const toml = `[tiers.1]\nnames = [${JSON.stringify(untested.name)}]\n`;
  const later = new Date(NOW.getTime() + 60_000);
  await runRisk(database, later, businessOf(toml));
  const risks = await riskOf(database);
  const item = risks.items.find(({ item_id }) => item_id === untested.item_id);
  assert.ok(item);
  assert.deepEqual([item.tier, item.tier_basis, item.tier_weight], [1, 'EXPLICIT', 1]);
  assert.ok(item.tier_rule?.startsWith('tiers.1.names'));
  assert.ok(item.priority > untested.priority && item.flags.includes('NOT_TESTED'));
  assert.ok(!item.flags.includes('TIER_ASSUMED') && untested.flags.includes('TIER_ASSUMED'));
});

test('endpoints that may not be read make their input partial, by name, and the run too', async () => {
  await using database = await createTestDatabase();
  const risks = await judged('forbidden', database);
  const health = risks.inputs.find(({ worker }) => worker === 'health');
  assert.equal(health?.status, 'PARTIAL');
  assert.ok((health?.missing.length ?? 0) > 0);
  assert.ok(risks.items.some(({ flags }) => flags.includes('PARTIAL_INPUT')));
  const advisor = await database.as('advisor');
  const runs = await advisor.risk.db.selectFrom('run').select('status').execute();
  assert.deepEqual(runs, [{ status: 'partial' }]);
});

test('a clock that is wrong makes nothing older or newer', async () => {
  await using right = await createTestDatabase();
  await using wrong = await createTestDatabase();
  const [a, b] = [await judged('healthy', right), await judged('clock-skew', wrong)];
  const server = await wrong.metrics.db
    .selectFrom('backup_server')
    .select('clock_skew_seconds')
    .executeTakeFirst();
  assert.ok(Math.abs(server?.clock_skew_seconds ?? 0) >= 600);
  for (const { evidence_at, item_id, hazard } of b.hazards)
    assert.ok(evidence_at === null || evidence_at <= NOW, `${item_id} ${hazard} is from the future`);
  assert.ok(b.inputs.every(({ status }) => status === 'FRESH'));
  assert.ok(Math.abs((a.summary.estate_score ?? 0) - (b.summary.estate_score ?? 0)) < 1);
});

test('compliance shows the rows behind a proof, and when it runs out', async () => {
  await using database = await createTestDatabase();
  const { compliance, tiers, summary } = await judged('recovery-copies', database, { jobs: 8 });
  assert.equal(compliance.length, summary.workloads);
  assert.equal(
    tiers.reduce((sum, { workloads }) => sum + workloads, 0),
    summary.workloads,
  );
  const columns = ['copies', 'media', 'offsite', 'immutable', 'zero_errors'] as const;
  assert.ok(compliance.some((row) => columns.some((column) => row[column] === 'PROVEN')));
  for (const row of compliance)
    for (const column of columns) {
      const digits = row.digits as Record<
        string,
        { status: string; rows: unknown[]; expires_at: string | null }
      >;
      const digit = digits[column];
      assert.equal(digit?.status, row[column]);
      if (digit?.status === 'PROVEN') assert.ok(digit.rows.length > 0 && digit.expires_at !== null);
      if (digit?.expires_at && row.first_expires_at)
        assert.ok(row.first_expires_at.getTime() <= Date.parse(digit.expires_at));
    }
});

test('errors are not zero where the newest point is infected, whatever a test said before', async () => {
  await using database = await createTestDatabase();
  const { compliance, items } = await judged('recovery-infected-newest', database, { jobs: 8 });
  const infected = await database.metrics.db
    .selectFrom('restore_point')
    .select(['workload_id', 'created_at'])
    .where('malware_status', '=', 'Infected')
    .where('vanished_at', 'is', null)
    .execute();
  const ids = new Set(infected.map(({ workload_id }) => workload_id));
  assert.ok(ids.size > 0);
  assert.ok(
    items.some(
      ({ scope_id, reasons }) =>
        ids.has(scope_id) && reasons.includes('newer points are infected or suspicious'),
    ),
  );
  for (const row of compliance)
    if (ids.has(row.workload_id)) assert.equal(row.zero_errors, 'BROKEN', row.name);
});
