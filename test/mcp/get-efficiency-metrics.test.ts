import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TIB } from '../support/capacity-rows.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { APPLIANCE, addEfficiencyEstate, ID } from '../support/efficiency-rows.ts';
import { uuid } from '../support/health-rows.ts';
import { type McpSession, startMcp, toEnvironment } from '../support/mcp-client.ts';
import { contentsOf, numbersIn } from '../support/numbers.ts';

const TOOL = 'get_efficiency_metrics';
const AS_OF = '2024-11-20T10:30:00.000Z';

type Row = Record<string, unknown>;
const rows = (value: unknown) => (value ?? []) as Row[];
const part = (value: unknown, name: string) => (value as Row)[name] as Row;
const idsOf = (value: unknown, name: string) => rows(value).map((row) => row[name]);

let database: TestDatabase;
let mcp: McpSession;

before(async () => {
  database = await createTestDatabase();
  await addEfficiencyEstate(database.metrics.db);
  mcp = await startMcp(toEnvironment(database.settings));
});

after(async () => {
  await mcp[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const ask = async (args: Row = {}) => (await mcp.ask(TOOL, { as_of: AS_OF, ...args })).data;

test('which job wastes most is answered in bytes and money, no byte counted twice', async () => {
  const { jobs, jobs_matching, price } = await ask();

  // Reclaimable, and the potential of the rest: 10 TiB · (1 − 2/2.5) = 2; 2 TiB · (1 − 1.25/2.5) = 1.
  assert.deepEqual(
    rows(jobs).map(({ job_id, optimization }) => [
      job_id,
      part({ optimization }, 'optimization').waste_bytes,
    ]),
    [
      [ID.orphan, 4 * TIB],
      [ID.disabled, 3 * TIB],
      [ID.sql, 2 * TIB],
      [ID.files, TIB],
      [ID.appliance, null],
    ],
  );
  assert.equal(jobs_matching, 5);
  const sql = rows(jobs)[2] as Row;
  const { waste_annual_cost, potential_bytes, reclaimable_bytes } = sql.optimization as Row;
  assert.deepEqual([waste_annual_cost, potential_bytes, reclaimable_bytes], [200, 2 * TIB, 0]);
  // All of the orphan is reclaimable: its potential of 0.8 TiB is part of that.
  assert.equal(part(rows(jobs)[0], 'optimization').potential_bytes, Math.round(0.2 * 4 * TIB));
  assert.deepEqual(price, { per_tb_year: 100, currency: 'USD', basis: 'DEFAULT' });
  assert.equal(sql.display, '20 TiB of data in 10 TiB; 2 TiB waste, 200 USD a year');
});

test('the summary says what can be had back, at which price, and what looks like encryption', async () => {
  const { summary, estate } = await ask();

  assert.match(
    String(summary),
    /^5 jobs, 1 of them not measurable: 38 TiB of data in 19 TiB, factor 2, score 80\.7 of 100 against their peers\./,
  );
  assert.match(
    String(summary),
    /no byte twice: 8 TiB, 800 USD a year at the default price, which nobody has set, of 100 USD/,
  );
  assert.match(String(summary), /2 open anomalies; 1 open and 1 resolved look like encryption\.$/);
  const { by_category } = part(estate, 'reclaimable') as { by_category: Row };
  assert.deepEqual(Object.keys(by_category), ['ORPHANED', 'DISABLED_JOB', 'DOUBLY_PROTECTED', 'BELOW_PEERS']);
  const counted = Object.values(by_category).map((one) => Number((one as Row).counted_bytes));
  assert.equal(
    counted.reduce((sum, bytes) => sum + bytes, 0),
    part(estate, 'reclaimable').bytes,
  );
  assert.equal(part(estate, 'reclaimable').total_annual_cost_savings, 800);
});

test('the estate counts each job once, by its score, and what cannot be measured is in no ratio', async () => {
  const { estate } = await ask();
  const { total_jobs, not_measurable, excellent, good, fair, poor, critical, ...all } = estate as Row;

  // Scores against 2.5: at 2.5 100, at 2 (1 − 1/2)/(1 − 1/2.5) = 83.3, at 1.25 33.3.
  assert.deepEqual(
    { total_jobs, not_measurable, excellent, good, fair, poor, critical },
    { total_jobs: 5, not_measurable: 1, excellent: 1, good: 2, fair: 0, poor: 0, critical: 1 },
  );
  const [data, stored] = [20 + 2.5 + 8 + 7.5, 10 + 2 + 4 + 3];
  assert.deepEqual([all.data_bytes, all.stored_bytes], [data * TIB, stored * TIB]);
  assert.equal(all.factor, Number((data / stored).toFixed(3)));
  assert.equal(all.score, Number(((83.333 * 14 + 33.333 * 2 + 100 * 3) / stored).toFixed(1)));
  assert.equal(all.not_measurable_bytes, 10 * TIB);
  assert.deepEqual(all.by_trend, { DEGRADING: 1, IMPROVING: 0, STABLE: 3, INSUFFICIENT_DATA: 1 });
  assert.deepEqual(all.excluded_files, { NO_SIZES: 3 });
});

test('a job on an appliance cannot be measured: it says why, and has null, never 0 and never LOW', async () => {
  const { jobs, not_known } = await ask({ status: 'NOT_MEASURABLE' });

  assert.deepEqual(idsOf(jobs, 'job_id'), [ID.appliance]);
  const [job] = rows(jobs);
  assert.deepEqual(job?.combined_efficiency, {
    factor: null,
    reduction_pct: null,
    score: null,
    rating: 'NOT_MEASURABLE',
    reference_factor: null,
    reference_basis: null,
    not_measurable_reason: APPLIANCE,
  });
  assert.equal(job?.priority, 'UNKNOWN');
  assert.match(String(not_known), /reduction of 1 jobs: it happens on an appliance/);
  const card = await ask({ job: 'Mail to DD' });
  assert.match(String(card.summary), /^Its reduction cannot be measured/);
  assert.match(String(card.not_known), /Its reduction: DDBoost reduces data itself/);
});

test('anomalies come with what they mean and what speaks for and against ransomware', async () => {
  const { anomalies, anomaly_meanings, estate } = await ask();

  // Open ones first; a resolved one that looked like encryption is told, since an attack that is over looks the same.
  assert.deepEqual(idsOf(anomalies, 'anomaly_id'), ['a1', 'a3', 'a2']);
  const [infected, collapse, resolved] = rows(anomalies);
  assert.deepEqual(infected?.speaks_for_ransomware, [
    'much of what changed does not shrink',
    'both reduction and volume are far outside its range',
    'malware status Infected',
    '2 malware events of it around that time',
  ]);
  assert.deepEqual(infected?.speaks_against_ransomware, []);
  assert.equal(infected?.display, '420 GiB of data, usually 40 GiB; factor 1.02, usually 2.31');
  assert.deepEqual(collapse?.speaks_for_ransomware, []);
  assert.deepEqual(collapse?.speaks_against_ransomware, [
    'less changed, not more',
    'no malware event of it around that time',
  ]);
  assert.deepEqual([resolved?.open, resolved?.resolved_at], [false, '2024-11-14T04:00:00Z']);
  assert.deepEqual(resolved?.speaks_against_ransomware, [
    'malware status Clean',
    'no malware event of it around that time',
  ]);
  assert.deepEqual(Object.keys(anomaly_meanings as Row), ['ENTROPY_SUSPECT', 'VOLUME_COLLAPSE']);
  assert.deepEqual((estate as Row).anomalies_by_type, {
    ENTROPY_SUSPECT: { open: 1, resolved: 1 },
    FLEET_SURGE: { open: 0, resolved: 1 },
    VOLUME_COLLAPSE: { open: 1, resolved: 0 },
  });
});

test('priorities put what may be an attack first', async () => {
  const { jobs } = await ask();
  const priorities = rows(jobs).map(({ job_id, priority }) => [job_id, priority]);

  assert.deepEqual(priorities, [
    [ID.orphan, 'LOW'],
    [ID.disabled, 'LOW'],
    [ID.sql, 'CRITICAL'],
    [ID.files, 'HIGH'],
    [ID.appliance, 'UNKNOWN'],
  ]);
});

test('reclaimable space has owner, reason and caution, and says what counts elsewhere', async () => {
  const { reclaimable, reclaimable_cautions, reclaimable_total } = await ask({ include: ['reclaimable'] });

  assert.deepEqual(
    rows(reclaimable).map(({ category, owner_name, counted_bytes, about }) => [
      category,
      owner_name,
      counted_bytes,
      about,
    ]),
    [
      ['ORPHANED', 'Old ERP', 4 * TIB, 'the whole backup'],
      ['DISABLED_JOB', 'Paused', 3 * TIB, 'the whole backup'],
      ['BELOW_PEERS', 'Files Täglich', TIB, 'share of its fulls'],
      ['DOUBLY_PROTECTED', 'Paused', 0, 'one machine'],
    ],
  );
  const double = rows(reclaimable)[3] as Row;
  assert.equal(double.display, '0 bytes of 512 GiB, the rest counts in an earlier category, 0 USD a year');
  assert.equal(double.workload_name, 'FILE-01');
  assert.match(String(rows(reclaimable)[0]?.reason), /No job owns this backup/);
  assert.match(String((reclaimable_cautions as Row).ORPHANED), /legal hold/);
  assert.deepEqual(reclaimable_total, {
    items: 4,
    counted_bytes: 8 * TIB,
    annual_cost: 800,
    display: '8 TiB, 800 USD a year',
  });
});

test('what changed in a month is compared with the run of then, fulls and increments apart', async () => {
  const { comparison, changes, jobs, summary } = await ask({ changes: '30d' });

  // 18 TiB of data in 9 would be 7.2 TiB at 2.5; files are as before; increments of SQL had none to compare with.
  assert.deepEqual(
    rows(changes).map(({ job_id, kind, factor_before, factor, change_pct, extra_bytes }) => [
      job_id,
      kind,
      factor_before,
      factor,
      change_pct,
      extra_bytes,
    ]),
    [
      [ID.sql, 'FULL', 2.5, 2, -20, Math.round(1.8 * TIB)],
      [ID.files, 'FULL', 1.25, 1.25, 0, 0],
    ],
  );
  assert.deepEqual(part(comparison, 'compared'), [
    { source_id: 'vbr-1', run_id: uuid(490), at: '2024-10-21T10:00:00Z', days: 30 },
  ]);
  assert.deepEqual([part(comparison, 'before').factor, part(comparison, 'now').factor], [2.2, 2]);
  assert.deepEqual([part(comparison, 'before').score, part(comparison, 'now').open_anomalies], [88, 2]);
  assert.deepEqual([part(comparison, 'new_jobs').jobs, part(comparison, 'gone_jobs').jobs], [3, 1]);
  assert.equal(jobs, undefined);
  assert.match(
    String(summary),
    /^Since the run of 2024-10-21T10:00:00Z \(30 days\): factor 2\.2, now 2; other reduction takes \+1\.8 TiB\./,
  );
});

test('a window before the first run is compared with the first, which is said', async () => {
  const { comparison, not_known } = await ask({ changes: '90d' });
  assert.equal(rows(part(comparison, 'compared'))[0]?.days, 30);
  assert.match(String(not_known), /What was before the first run: it is younger than 90d/);
  const first = await mcp.ask(TOOL, { as_of: '2024-10-21T10:30:00Z', changes: '30d' });
  assert.match(String(first.data.not_known), /What changed: there is one run only/);
  assert.match(String(first.data.summary), /There is no earlier run to compare with/);
});

test('one job is answered by kind of file, with its trend, anomalies and what it could give back', async () => {
  const data = await ask({ job: 'files taglich', history: '10d' });
  const card = data.job as Row;

  assert.deepEqual(
    rows(card.kinds).map(({ kind, stored_bytes }) => [kind, stored_bytes]),
    [['FULL', 2 * TIB]],
  );
  assert.deepEqual(
    [card.job_id, card.priority, card.open_anomalies, card.resolved_anomalies],
    [ID.files, 'HIGH', 1, 1],
  );
  assert.deepEqual(idsOf(data.anomalies, 'anomaly_id'), ['a3', 'a2']);
  assert.deepEqual(idsOf(data.reclaimable, 'category'), ['BELOW_PEERS']);
  assert.equal(rows(data.history).length, 1);
  const sql = await ask({ job: ID.sql.toUpperCase(), history: '10d' });
  assert.deepEqual(part(sql.job, 'trend'), {
    classification: 'DEGRADING',
    percent_per_30_days: -7.5,
    low: -9.1,
    high: -3.2,
    points: 30,
    factor_30_days_ago: 2.5,
  });
  assert.deepEqual(
    rows(sql.history).map(({ factor }) => factor),
    [2, 2.024, 2.048, 2.072, 2.096],
  );
  assert.match(String(card.recommendation), /may be encryption/);
});

test('freshness of the run, of the files and of the restore points is told', async () => {
  for (const args of [{}, { job: ID.sql }]) {
    const { per_source, sources } = await ask(args);
    const [row] = rows(per_source);
    assert.deepEqual(
      [row?.files_read_at, row?.files_age_hours, row?.points_age_hours, row?.run_id],
      ['2024-11-20T07:00:00Z', 3.5, 5.5, uuid(520)],
    );
    assert.equal(rows(sources)[0]?.stale, false);
  }
});

test('a machine and a repository choose jobs, anomalies and space that are about them', async () => {
  const machine = await ask({ workload: 'FILE-01' });
  assert.deepEqual(idsOf(machine.jobs, 'job_id'), [ID.files]);
  assert.deepEqual(idsOf(machine.anomalies, 'anomaly_id'), ['a3', 'a2']);
  assert.deepEqual(idsOf(machine.reclaimable, 'category'), ['BELOW_PEERS', 'DOUBLY_PROTECTED']);
  const orphaned = await ask({ workload: 'erp-*' });
  assert.deepEqual(idsOf(orphaned.jobs, 'job_id'), [ID.orphan]);
  const place = await ask({ repository: 'data domain' });
  assert.deepEqual(idsOf(place.jobs, 'job_id'), [ID.appliance]);
  assert.deepEqual(idsOf(place.repositories, 'repository_id'), [ID.dataDomain]);
  assert.equal(rows(place.repositories)[0]?.not_measurable_reason, APPLIANCE);
  assert.deepEqual([rows(place.repositories)[0]?.factor, rows(place.anomalies).length], [null, 0]);
  const store = await ask({ repository: ID.store, include: ['repositories', 'anomalies'] });
  assert.equal(
    rows(store.repositories)[0]?.display,
    '30 TiB in files, 24 TiB used; block cloning saves 6 TiB',
  );
  assert.deepEqual(idsOf(store.anomalies, 'anomaly_id'), ['a1', 'a3', 'a2']);
});

test('a tier is what the rto worker found, whose age is told too', async () => {
  const { jobs, sources, anomalies } = await ask({ tier: 1 });
  assert.deepEqual(idsOf(jobs, 'job_id'), [ID.sql]);
  assert.deepEqual(idsOf(anomalies, 'anomaly_id'), ['a1']);
  assert.deepEqual(idsOf(sources, 'worker'), ['efficiency', 'rto']);
  const none = await ask({ tier: 4 });
  assert.deepEqual(rows(none.jobs), []);
  assert.match(String(none.not_known), /Machines of this tier: none is known to have it/);
  const before = await mcp.refused(TOOL, { as_of: '2024-10-21T10:30:00Z', tier: 1 });
  assert.match(before, /Which machine has which tier is not known at that moment: npm run worker:rto/);
});

test('a status chooses jobs and what of them has it', async () => {
  const jobs = async (status: string) => idsOf((await ask({ status })).jobs, 'job_id');

  assert.deepEqual(await jobs('DEGRADING'), [ID.sql]);
  assert.deepEqual(await jobs('IMPROVING'), []);
  assert.deepEqual(await jobs('OPEN'), [ID.sql, ID.files]);
  assert.deepEqual(await jobs('RESOLVED'), [ID.files]);
  assert.deepEqual(await jobs('ENTROPY_SUSPECT'), [ID.sql, ID.files]);
  assert.deepEqual(await jobs('DOUBLY_PROTECTED'), [ID.disabled]);
  assert.deepEqual(await jobs('OVER_RETAINED'), []);
  const resolved = await ask({ status: 'RESOLVED' });
  assert.deepEqual(idsOf(resolved.anomalies, 'anomaly_id'), ['a2', 'FLEET_SURGE 2024-11-13']);
  const fleet = rows(resolved.anomalies)[1] as Row;
  assert.deepEqual([fleet.job_id, fleet.job_name], [null, null]);
  assert.deepEqual(fleet.speaks_against_ransomware, [
    'its reduction is as usual; encrypted data would not shrink',
  ]);
  const orphaned = await ask({ status: 'ORPHANED' });
  assert.deepEqual(idsOf(orphaned.reclaimable, 'category'), ['ORPHANED']);
  assert.equal(orphaned.anomalies, undefined);
});

test('jobs come by waste, by lowest factor, or by steepest fall', async () => {
  const order = async (by: string) => idsOf((await ask({ order: by })).jobs, 'job_id');
  assert.deepEqual(await order('factor'), [ID.files, ID.sql, ID.orphan, ID.disabled, ID.appliance]);
  assert.equal((await order('trend'))[0], ID.sql);
  assert.equal((await order('trend')).at(-1), ID.appliance);
});

test('every number in the text stands in the structured content', async () => {
  const questions: Row[] = [
    {},
    { detail: 'detailed', include: ['anomalies', 'reclaimable', 'repositories', 'history'] },
    { changes: '30d' },
    { changes: '30d', job: ID.sql },
    { job: ID.files, history: '90d' },
    { job: 'Mail to DD' },
    { job: 'Old ERP' },
    { status: 'ALL' },
    { status: 'ORPHANED', detail: 'detailed' },
    { workload: 'FILE-01' },
    { repository: ID.store },
    { tier: 1 },
  ];
  for (const question of questions) {
    const { text, data } = await mcp.ask(TOOL, { as_of: AS_OF, ...question });
    const { summary: _summary, next_steps: _steps, ...facts } = data;
    const { numbers, strings } = contentsOf(facts);
    // Sizes for people, such as "14 TiB of data in 7 TiB", stand in fields beside the bytes.
    for (const number of numbersIn(strings)) numbers.add(String(Number(number)));
    // What the scales are is no finding.
    const said = text.replaceAll('of 100', '').replaceAll('(90 %)', '').replaceAll('% in 30 days', '');
    for (const number of numbersIn(said)) {
      assert.ok(
        numbers.has(String(Number(number))),
        `${number} is in the text only (${JSON.stringify(question)})\n${text}`,
      );
    }
  }
});

test('wrong arguments are answered with what is right', async () => {
  const refused = (args: Row) => mcp.refused(TOOL, { as_of: AS_OF, ...args });

  assert.match(await refused({ jobs: 'x' }), /unknown argument jobs \(did you mean job\?\)/);
  assert.match(await refused({ status: 'BAD' }), /status: .*"OPEN"/);
  assert.match(await refused({ include: ['all'] }), /include\.0: .*"reclaimable"/);
  assert.match(await refused({ tier: 5 }), /tier: .*4/);
  assert.match(await refused({ order: 'size' }), /order: .*"waste"/);
  assert.match(await refused({ changes: 'month' }), /changes "month" is not a length of time.*30d/);
  assert.match(await refused({ changes: '30d', order: 'trend' }), /order is about the list of jobs/);
  assert.match(
    await refused({ job: 'SQL Nigtly' }),
    /There is no job "SQL Nigtly" among 5 jobs.*\n- `SQL Nightly`/,
  );
  assert.match(await refused({ workload: 'xyz' }), /There is no machine "xyz" among 3 machines/);
  assert.match(
    await refused({ repository: 'xyz*' }),
    /No repository fits the pattern "xyz\*" among 2 repositories/,
  );
});

test('pages give each row once, and a cursor belongs to its question', async () => {
  const seen: unknown[] = [];
  const question = { limit: 2, include: ['reclaimable'] };
  const items: unknown[] = [];
  let cursor: unknown;
  do {
    const { data } = await mcp.ask(TOOL, { ...question, ...(cursor ? { cursor } : { as_of: AS_OF }) });
    assert.equal(data.as_of, AS_OF);
    seen.push(...idsOf(data.jobs, 'job_id'));
    items.push(...idsOf(data.reclaimable, 'item_id'));
    cursor = data.next_cursor;
  } while (cursor);
  assert.deepEqual([seen.length, new Set(seen).size], [5, 5]);
  assert.deepEqual([items.length, new Set(items).size], [4, 4]);
  const { next_cursor } = await ask(question);
  assert.match(
    await mcp.refused(TOOL, { ...question, order: 'factor', cursor: next_cursor }),
    /other arguments/,
  );
});

test('the tool is listed with its annotations, strict arguments and an output schema', async () => {
  const { tools } = await mcp.client.listTools();
  const tool = tools.find(({ name }) => name === TOOL) ?? assert.fail();

  assert.deepEqual(tool.annotations, {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  });
  assert.equal(tool.inputSchema.additionalProperties, false);
  assert.ok(tool.title && tool.outputSchema?.properties?.jobs);
  assert.ok(JSON.stringify(tool).length / 4 <= 1500, `${JSON.stringify(tool).length / 4} tokens`);
  assert.ok(mcp.client.getInstructions()?.includes(TOOL));
});

test('ten times the same question is ten times the same answer', async () => {
  const question = {
    as_of: AS_OF,
    detail: 'detailed',
    include: ['anomalies', 'reclaimable', 'repositories'],
  };
  const first = await mcp.ask(TOOL, question);
  for (let i = 0; i < 9; i += 1) assert.deepEqual(await mcp.ask(TOOL, question), first);
});
