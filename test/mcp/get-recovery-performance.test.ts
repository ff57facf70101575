import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addJob, uuid } from '../support/health-rows.ts';
import { type McpSession, startMcp, toEnvironment } from '../support/mcp-client.ts';
import { contentsOf, numbersIn } from '../support/numbers.ts';
import { addRecoveryEstate, GIB } from '../support/recovery-rows.ts';

const TOOL = 'get_recovery_performance';
const AS_OF = '2024-11-20T10:30:00.000Z';

type Row = Record<string, unknown>;
const rows = (value: unknown) => value as Row[];
const part = (value: unknown, name: string) => (value as Row)[name] as Row;

let database: TestDatabase;
let mcp: McpSession;

before(async () => {
  database = await createTestDatabase();
  await addRecoveryEstate(database.metrics.db);
  mcp = await startMcp(toEnvironment(database.settings));
});

after(async () => {
  await mcp[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const ask = async (args: Row = {}) => (await mcp.ask(TOOL, { as_of: AS_OF, ...args })).data;
const names = async (args: Row) =>
  rows((await ask({ limit: 50, ...args })).workloads).map(({ workload_name }) => workload_name);

test('what nobody ever restored comes first, the heavier tier before the lighter', async () => {
  const { workloads, workloads_matching, estate, summary } = await ask();

  assert.deepEqual(
    rows(workloads).map(({ workload_name, tier, sla_status, rpo_status }) => [
      workload_name,
      tier,
      sla_status,
      rpo_status,
    ]),
    [
      ['ERP', 1, 'UNTESTED', 'MET'],
      ['Old', null, 'UNTESTED', 'NEVER'],
      ['File01', 3, 'UNTESTED', 'BREACHED'],
      ['Sick', 3, 'UNTESTED', 'AT_RISK'],
      ['SQL01', 1, 'COMPLIANT', 'AT_RISK'],
      ['Mail', 2, 'NON_COMPLIANT', 'MET'],
      ['Web', 4, 'UNPROVEN', 'MET'],
    ],
  );
  assert.equal(workloads_matching, 7);
  assert.deepEqual(estate, {
    workloads: 7,
    total_jobs_analyzed: 2,
    sla_compliance: { COMPLIANT: 1, NON_COMPLIANT: 1, UNPROVEN: 1, UNTESTED: 4 },
    rpo: { MET: 3, AT_RISK: 2, BREACHED: 1, NEVER: 1 },
    grade_distribution: { A: 1, F: 6 },
    overall_recovery_confidence_pct: (estate as Row).overall_recovery_confidence_pct,
    surebackup_enabled_jobs: 0,
    critical_issues_count: 6,
    never_tested: 4,
    never_restored: 5,
    hidden_breaches: 1,
    without_safe_point: 5,
    safe_by_chain: 0,
    default_rto_targets: 2,
    default_rpo_targets: 4,
  });
  assert.match(
    summary as string,
    /^7 workloads: .*4 UNTESTED.*by the default RTO, which nobody set.*of 5 no restore has succeeded, 4 were never tested/,
  );
});

test('a row says how likely it is back in time, on what basis, and what is not known', async () => {
  const { workloads } = await ask({ limit: 50 });
  const row = (name: string) => rows(workloads).find((one) => one.workload_name === name) as Row;

  const sql = row('SQL01');
  assert.deepEqual(
    [sql.basis, sql.rto_target_minutes, sql.rto_target_basis, sql.restores, sql.restores_ok],
    ['OWN', 240, 'TIER', 12, 12],
  );
  const p = sql.p_in_time as { mean: number; low: number; high: number };
  assert.ok(p.low >= 0.8 && p.low <= p.mean && p.mean <= p.high && p.high <= 1);
  assert.deepEqual([sql.q50_minutes, sql.q90_minutes, sql.q90_status], [41, 44, 'REACHED']);
  assert.equal(sql.job_name, 'SQL Nightly');
  const mail = row('Mail');
  assert.deepEqual([mail.q50_minutes, mail.q90_minutes, mail.q90_status], [null, null, 'NOT_REACHED']);
  const erp = row('ERP');
  assert.deepEqual(
    [erp.rto_target_minutes, erp.rto_target_basis, erp.rpo_target_hours, erp.rpo_target_basis],
    [30, 'DEFAULT', 24, 'DEFAULT'],
  );
  assert.deepEqual([erp.last_test_at, erp.last_safe_at, erp.q90_status], [null, null, 'NOT_KNOWN']);
  assert.equal(row('Old').rpo_age_hours, null);
  assert.equal(row('File01').hidden_by_job, 'Files');
  assert.equal(row('Web').surebackup_available, true);
  assert.equal('hidden_by_job' in sql, false);
});

test('coverage is by number, by bytes and by tier, and counts each workload once', async () => {
  const { coverage } = await ask();

  assert.deepEqual(
    { ...(coverage as Row), by_tier: undefined },
    {
      within_days: 90,
      workloads: 7,
      tested_90_days: 3,
      passed_90_days: 2,
      share: 0.429,
      share_of_bytes: 0.203, // 740 of 3,640 GiB
      share_by_tier_weight: 0.435, // 2 of 4.6
      unknown_sizes: 1,
      by_recency: { FRESH: 3, NEVER: 4 },
      by_tier: undefined,
    },
  );
  assert.deepEqual(rows((coverage as Row).by_tier)[0], {
    tier: 1,
    workloads: 2,
    tested_90_days: 1,
    passed_90_days: 1,
    share: 0.5,
  });
  // Of a selection the run does not say how many passed.
  assert.equal(((await ask({ tier: 1 })).coverage as Row).passed_90_days, null);
});

test('every number in the text stands in the structured content', async () => {
  const questions: Row[] = [
    {},
    { detail: 'detailed', include: ['coverage', 'next_tests', 'locations', 'trials', 'mass_restore'] },
    { tier: 1 },
    { workload: 'SQL01' },
    { workload: 'Mail', include: ['next_tests', 'trials'] },
    { workload: 'vm-old' },
    { workload: 'Web', detail: 'detailed' },
    { workload: '*e*' },
    { status: 'HIDDEN_BREACH' },
    { what_if: { kind: 'mass_restore', machines: 3, slots: 4, bandwidth_gib_per_minute: 15 } },
    { what_if: { kind: 'mass_restore', workloads: ['SQL01', 'Old'] } },
    { tier: 1, what_if: { kind: 'target', rto_minutes: 240, rpo_hours: 4 } },
  ];
  for (const question of questions) {
    const { text, data } = await mcp.ask(TOOL, { as_of: AS_OF, ...question });
    const { summary: _summary, next_steps: _steps, ...facts } = data;
    const { numbers, strings } = contentsOf(facts);
    // Sizes and changes for people, such as "2.34 TiB" and "1 more at once", stand in fields of their own.
    for (const number of numbersIn(strings)) numbers.add(String(Number(number)));
    for (const number of numbersIn(text)) {
      assert.ok(
        numbers.has(String(Number(number))),
        `${number} is in the text only (${JSON.stringify(question)})\n${text}`,
      );
    }
  }
});

test('one workload has its newest safe point with the proof, and newer ones that are not safe', async () => {
  const { data, text } = await mcp.ask(TOOL, { as_of: AS_OF, workload: 'sql01' });
  const points = part(data.workload, 'points');

  assert.deepEqual(points.safe, {
    point_id: 'vm-sql-point-3',
    created_at: '2024-11-17T04:00:00Z',
    age_hours: 78,
    malware_status: 'Clean',
    backup_name: 'Nightly',
    repository_name: 'Repo Täglich',
    proof: {
      kind: 'RESTORE',
      verified_at: '2024-11-17T10:40:00.000Z',
      trial_id: 'vm-sql-trial-0',
      used_point_id: 'vm-sql-point-3',
      scope: 'POINT',
      reason: 'that point itself was used',
      clean_by: 'SOURCE',
    },
  });
  assert.equal(points.why_not_safe, null);
  assert.equal((points.newest as Row).created_at, '2024-11-20T04:00:00Z');
  assert.equal((data.workload as Row).size_bytes, 400 * GIB);
  assert.match(text, /Newest safe point: 2024-11-17T04:00:00Z, clean and verified/);
  assert.match(text, /nine of ten within 44 \(from its own trials\)/);
  assert.match(text, /an estimate from the days of the repository/);
  assert.deepEqual(
    rows(data.locations).map(({ location_name, rpo_status, rpo_age_hours, is_copy, immutable_basis }) => [
      location_name,
      rpo_status,
      rpo_age_hours,
      is_copy,
      immutable_basis,
    ]),
    [
      ['Off-site', 'BREACHED', 30, true, 'NONE'],
      ['Repo Täglich', 'AT_RISK', 6, false, 'ESTIMATED'],
    ],
  );
});

test('without a safe point the answer says why, and gives the newest clean and the newest at all', async () => {
  const mail = await mcp.ask(TOOL, { as_of: AS_OF, workload: 'Mail' });
  const points = part(mail.data.workload, 'points');
  assert.equal(points.safe, null);
  assert.equal(points.why_not_safe, 'no restore, SureBackup or content scan of it has succeeded');
  assert.equal((points.newest_clean as Row).point_id, 'vm-mail-point-0');
  assert.match(
    mail.text,
    /No safe point: no restore.*Newest clean point, not verified: 2024-11-20T05:00:00Z/,
  );
  assert.match(mail.text, /Not even half of the trials that speak for it came back/);
  assert.match(mail.text, /`The datastore is full`/);

  // The newest point is infected, the one before it has no malware status: usable, and not clean.
  const sick = await ask({ workload: 'Sick' });
  const known = part(sick.workload, 'points');
  assert.deepEqual([(known.newest as Row).point_id, known.newest_clean], ['vm-sick-point-1', null]);
  assert.match(String(sick.not_known), /Whether its newest point is clean/);
  assert.match(String((sick.workload as Row).reasons), /1 infected points are not counted/);

  const old = await ask({ workload: 'vm-old' });
  assert.deepEqual(
    [
      part(old.workload, 'points').newest,
      (old.workload as Row).rpo_age_hours,
      (old.workload as Row).size_display,
    ],
    [null, null, null],
  );
  assert.match(old.summary as string, /the default: nobody set a target.*no usable restore point/);
});

test('trials say what they count for, and lists go on page by page', async () => {
  const first = await ask({ workload: 'Web', limit: 2 });
  assert.deepEqual(
    rows(first.trials).map((row) => [row.class, row.passed, row.minutes, row.no_time_because]),
    [
      ['SUREBACKUP', true, null, 'the time of a verification is no restore time'],
      ['FULL_VM', true, 12, null],
    ],
  );
  assert.deepEqual(first.omitted, { trials: 1 });
  const { data } = await mcp.ask(TOOL, { workload: 'Web', limit: 2, cursor: first.next_cursor });
  assert.deepEqual(
    rows(data.trials).map(({ minutes }) => minutes),
    [10],
  );
  assert.equal(data.locations, undefined);
  const failed = await ask({ workload: 'Mail' });
  const [trial] = rows(failed.trials);
  assert.deepEqual(
    [trial?.minutes, trial?.minutes_at_least, trial?.passed, trial?.message],
    [8, true, false, 'The datastore is full'],
  );
  const all = await ask({ include: ['trials'], limit: 3 });
  assert.deepEqual(
    rows(all.trials).map(({ workload_name }) => workload_name),
    ['Web', 'Mail', 'Mail'],
  );
  assert.equal((all.omitted as Row).trials, 17);
});

test('next tests come with what a passed one would bring, the heavier tier first', async () => {
  const { next_tests } = await ask({ include: ['next_tests'] });
  const ranked = rows(next_tests);

  assert.deepEqual(
    ranked.map(({ workload_name, reason, expected_too_slow }) => [workload_name, reason, expected_too_slow]),
    [
      ['ERP', 'NEVER_TESTED', true],
      ['Mail', 'LAST_TEST_FAILED', false],
      ['Old', 'NEVER_TESTED', false],
      ['File01', 'NEVER_TESTED', false],
      ['Sick', 'NEVER_TESTED', false],
      ['Web', 'NOT_PROVEN', false],
    ],
  );
  for (const { failure_now, failure_after_pass, benefit } of ranked) {
    assert.ok(Number(failure_after_pass) < Number(failure_now) && Number(benefit) > 0);
  }
});

test('mass restores of the run: machines by number, each tier, everything; of a tier its own', async () => {
  const { mass_restore } = await ask({ include: ['mass_restore'], limit: 20 });
  assert.deepEqual(
    rows(mass_restore).map(({ scenario, machines }) => [scenario, machines]),
    [
      ['N:1', 1],
      ['N:2', 2],
      ['N:5', 5],
      ['TIER:1', 2],
      ['TIER:2', 1],
      ['TIER:3', 2],
      ['TIER:4', 1],
      ['ALL', 7],
    ],
  );
  const everything = rows(mass_restore).at(-1) ?? {};
  assert.deepEqual([everything.unknown_sizes, everything.within_targets], [1, false]);
  const tier = await ask({ tier: 1 });
  assert.deepEqual(
    rows(tier.mass_restore).map(({ scenario }) => scenario),
    ['TIER:1'],
  );
  const web = await ask({ workload: 'W*', include: ['mass_restore'] });
  assert.match(String(web.not_known), /whole servers and tiers; ask what_if mass_restore/);
});

test('filters choose workloads by status, tier, job, repository and pattern', async () => {
  assert.deepEqual(await names({ status: 'UNTESTED' }), ['ERP', 'Old', 'File01', 'Sick']);
  assert.deepEqual(await names({ status: 'NON_COMPLIANT' }), ['Mail']);
  assert.deepEqual(await names({ status: 'NEVER_RESTORED' }), ['ERP', 'Old', 'File01', 'Sick', 'Mail']);
  assert.deepEqual(await names({ status: 'NEVER_TESTED', tier: 1 }), ['ERP']);
  assert.deepEqual(await names({ status: 'RPO_BREACHED' }), ['File01']);
  assert.deepEqual(await names({ status: 'RPO_NEVER' }), ['Old']);
  assert.deepEqual(await names({ status: 'HIDDEN_BREACH' }), ['File01']);
  assert.deepEqual(await names({ status: 'NO_SAFE_POINT', tier: 3 }), ['File01', 'Sick']);
  assert.deepEqual(await names({ status: 'TEST_FRESH' }), ['SQL01', 'Mail', 'Web']);
  assert.deepEqual(await names({ status: 'TEST_STALE' }), []);
  assert.deepEqual(await names({ job: 'sql nightly' }), ['ERP', 'SQL01']);
  assert.deepEqual(await names({ job: uuid(2) }), ['File01']);
  assert.deepEqual(await names({ repository: 'repo täg*' }), [
    'ERP',
    'File01',
    'Sick',
    'SQL01',
    'Mail',
    'Web',
  ]);
  assert.deepEqual(await names({ repository: 'off-site' }), ['SQL01']);
  assert.deepEqual(await names({ workload: '*e*', status: 'ALL' }), ['ERP', 'File01', 'Web']);
  const none = await ask({ status: 'UNPROVEN', tier: 1 });
  assert.equal(none.summary, 'No workload matches.');
});

test('a name that nothing has is answered with the nearest names', async () => {
  const refused = (args: Row) => mcp.refused(TOOL, { as_of: AS_OF, ...args });

  assert.match(await refused({ workload: 'SQL1' }), /no workload "SQL1" among 7 workloads.*\n- `SQL01`/);
  assert.match(await refused({ job: 'SQL Nightli' }), /no job .* among 2 jobs[^]*- `SQL Nightly`/);
  assert.match(await refused({ repository: 'x*' }), /No repository fits the pattern "x\*" among 2/);
});

test('wrong arguments are answered with what is right', async () => {
  const refused = (args: Row) => mcp.refused(TOOL, { as_of: AS_OF, ...args });
  const plan = (what_if: Row, args: Row = {}) => refused({ ...args, what_if });

  assert.match(await refused({ machine: 'x' }), /unknown argument machine.*this tool takes: workload, job/);
  assert.match(await refused({ status: 'LATE' }), /status: .*"RPO_BREACHED"/);
  assert.match(await refused({ tier: 5 }), /tier: .*4/);
  assert.match(await refused({ include: ['all'] }), /include\.0: .*"next_tests"/);
  assert.match(await plan({ kind: 'fire' }), /what_if\.kind: .*"mass_restore"/);
  assert.match(
    await plan({ kind: 'mass_restore', machine: 5 }),
    /unknown field machine \(did you mean machines\?\); a plan takes: kind, machines/,
  );
  assert.match(await plan({ kind: 'target' }), /target needs rto_minutes or rpo_hours/);
  assert.match(
    await plan({ kind: 'target', slots: 4, rto_minutes: 60 }),
    /target does not take slots; it takes rto_minutes, rpo_hours, tier/,
  );
  assert.match(
    await plan({ kind: 'mass_restore', machines: 2, workloads: ['ERP'] }),
    /takes machines or workloads, not both/,
  );
  assert.match(
    await plan({ kind: 'mass_restore' }, { include: ['trials'] }),
    /what_if is answered by itself: leave include out/,
  );
  assert.match(await plan({ kind: 'mass_restore', tier: 2 }, { tier: 1 }), /tier and what_if\.tier differ/);
});

test('pages give each workload once, and a cursor belongs to its question', async () => {
  const seen: unknown[] = [];
  let cursor: unknown;
  do {
    const { data } = await mcp.ask(TOOL, { limit: 2, ...(cursor ? { cursor } : { as_of: AS_OF }) });
    assert.equal(data.as_of, AS_OF);
    seen.push(...rows(data.workloads).map(({ workload_id }) => workload_id));
    cursor = data.next_cursor;
  } while (cursor);
  assert.deepEqual(seen, ['vm-erp', 'vm-old', 'vm-file', 'vm-sick', 'vm-sql', 'vm-mail', 'vm-web']);
  const { next_cursor } = await ask({ limit: 2 });
  assert.match(await mcp.refused(TOOL, { limit: 2, cursor: next_cursor, tier: 1 }), /other arguments/);
});

test('the tool is listed with its annotations and strict arguments', async () => {
  const { tools } = await mcp.client.listTools();
  const tool = tools.find(({ name }) => name === TOOL) ?? assert.fail();

  assert.deepEqual(tool.annotations, {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  });
  assert.equal(tool.inputSchema.additionalProperties, false);
  assert.equal(part(tool.inputSchema.properties, 'what_if').additionalProperties, false);
  assert.ok(tool.title && tool.outputSchema?.properties?.workloads);
  assert.ok(JSON.stringify(tool).length / 4 <= 1400);
  assert.ok(JSON.stringify(tools).length / 4 <= 12_000);
  assert.match(mcp.client.getInstructions() ?? '', /get_recovery_performance/);
});

test('ten times the same question is ten times the same answer', async () => {
  const question = { as_of: AS_OF, workload: 'SQL01', detail: 'detailed' };
  const first = await mcp.ask(TOOL, question);
  for (let i = 0; i < 9; i += 1) assert.deepEqual(await mcp.ask(TOOL, question), first);
});

test('a wrong tier, name or limit is refused in words that say what would be right', async () => {
  const refused = (args: Row) => mcp.refused(TOOL, { as_of: AS_OF, ...args });

  assert.match(await refused({ tier: 9 }), /tier: there are the tiers 1, 2, 3 and 4/);
  assert.match(await refused({ tier: 'gold' }), /tier: there are the tiers 1, 2, 3 and 4/);
  assert.match(await refused({ workload: '' }), /workload: it is empty; give an id/);
  assert.match(await refused({ limit: 0 }), /limit: it has to be a whole number from 1 to 50/);
});

test('a job that is there and has left no restore point is not called unknown', async () => {
  await addJob(database.metrics.db, { job_id: uuid(99), name: 'Archive Never' });
  for (const job of ['archive never', 'Archive*', uuid(99)])
    assert.match(
      await mcp.refused(TOOL, { as_of: AS_OF, job }),
      /Job `Archive Never`: there is such a job, and no backup with restore points/,
    );
});

test('a safe point that only a later one of its chain proves is labelled and counted apart', async () => {
  const { db } = (await database.as('owner')).metrics;
  const safe = rows((await ask({ limit: 50 })).workloads).filter(({ last_safe_at }) => last_safe_at);
  assert.ok(safe.length > 0 && safe.every(({ last_safe_proof }) => last_safe_proof === 'POINT'));
  const { workload_id, workload_name } = safe[0] as Row;
  await db
    .updateTable('workload_recovery')
    .set({ safe_proof: JSON.stringify({ kind: 'RESTORE', scope: 'CHAIN' }) })
    .where('workload_id', '=', workload_id as string)
    .execute();
  const { data, text } = await mcp.ask(TOOL, { as_of: AS_OF, limit: 50 });
  assert.equal(part(data, 'estate').safe_by_chain, 1);
  assert.match(data.summary as string, /of 1 more it is clean and verified by chain only/);
  assert.match(text, / by CHAIN \|[^]*by CHAIN: clean, verified by a later clean point/);
  const card = (await ask({ workload: workload_name })).summary as string;
  assert.match(card, /clean and verified by chain: a later clean point was tested, not this one/);
});
