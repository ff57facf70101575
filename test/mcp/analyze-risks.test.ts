import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addSource, hoursBefore, RUN_AT, SOURCE, uuid } from '../support/health-rows.ts';
import { type McpSession, startMcp, toEnvironment } from '../support/mcp-client.ts';
import { contentsOf, numbersIn } from '../support/numbers.ts';
import {
  addAdvisorRun,
  addCompliance,
  addComplianceTier,
  addRiskRun,
  addRiskSource,
  dayBefore,
  earlierEstate,
  job,
  RISK_ID,
  type RiskDatabases,
  riskEstate,
  riskFacts,
  riskInputs,
} from '../support/risk-rows.ts';

const TOOL = 'analyze_risks';
const AS_OF = '2024-11-20T10:30:00.000Z';
const EARLIER_RUN = uuid(801);
const RUN = uuid(802);

type Row = Record<string, unknown>;
const rows = (value: unknown) => value as Row[];
const part = (value: unknown, name: string) => (value as Row)[name] as Row;

let database: TestDatabase;
let mcp: McpSession;

const asAdvisor = async (of: TestDatabase): Promise<RiskDatabases> => ({
  metrics: of.metrics,
  risk: (await of.as('advisor')).risk,
});

before(async () => {
  database = await createTestDatabase();
  const databases = await asAdvisor(database);
  await addRiskSource(databases);
  await addRiskRun(databases, earlierEstate(), { run_id: EARLIER_RUN, finished_at: dayBefore(RUN_AT, 7) });
  await addRiskRun(databases, riskEstate(), { run_id: RUN });
  await addCompliance(databases, {
    run_id: RUN,
    workload_id: RISK_ID.sql01,
    name: 'sql01',
    copies: 'BROKEN',
    offsite: 'UNPROVEN',
  });
  await addCompliance(databases, { run_id: RUN, workload_id: RISK_ID.web01, name: 'web01' });
  await addCompliance(databases, { run_id: RUN, workload_id: 'vm-file-1', name: 'file1', tier: 3 });
  for (const tier of [0, 1, 3]) await addComplianceTier(databases, { run_id: RUN, tier });
  mcp = await startMcp(toEnvironment(database.settings));
});

after(async () => {
  await mcp[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const ask = async (args: Row = {}) => (await mcp.ask(TOOL, { as_of: AS_OF, ...args })).data;

test('risks are listed most urgent first, and what is part of another one is counted, not listed', async () => {
  const { risks, risks_matching, estate, summary } = await ask({ limit: 50 });

  assert.deepEqual(
    rows(risks).map(({ name, risk_category, main_hazard, rank }) => [name, risk_category, main_hazard, rank]),
    [
      ['Repo Voll', 'CRITICAL', 'capacity', 1],
      ['SQL Täglich', 'HIGH', 'gap', 2],
      ['web01', 'HIGH', 'recover', 3],
      ['Old App', 'HIGH', 'gap', 4],
      ['never01', 'MEDIUM', 'recover', 5],
      ['Repo Groß', 'LOW', 'capacity', 6],
    ],
  );
  assert.equal(risks_matching, 6);
  const counts = estate as Row;
  assert.deepEqual(
    [counts.critical_risk_count, counts.high_risk_count, counts.medium_risk_count, counts.low_risk_count],
    [1, 3, 1, 1],
  );
  assert.equal(Number(counts.part_of_others) + 6, counts.total_analyzed);
  const [full] = rows(risks);
  assert.deepEqual([full?.affected_jobs, full?.affected_workloads], [12, 12]);
  assert.match(
    summary as string,
    /^Risks: 1 CRITICAL, 3 HIGH, 1 MEDIUM, 1 LOW; 1 workload not assessed, 2 without a restore test/,
  );
});

test('the sum of the estate and of an item adds up exactly as it is shown', async () => {
  const { estate } = await ask();
  const total = Object.values(part({ estate }, 'estate').contributions as object).reduce(
    (sum: number, points) => sum + Math.round(Number(points) * 10),
    0,
  );
  assert.equal(total, Math.round(Number((estate as Row).score) * 10));
  for (const item of [RISK_ID.sql01, RISK_ID.never, `repository:${RISK_ID.full}`, 'file7']) {
    const card = part(await ask({ item }), 'risk');
    const points = rows(card.contributions).map((one) => Math.round(Number(one.points) * 10));
    assert.equal(
      points.reduce((sum, one) => sum + one, 0),
      Math.round(Number(card.composite_score) * 10),
    );
  }
});

test('one item is explained: what its points rest on, and which part is a risk of its own', async () => {
  const { text, data } = await mcp.ask(TOOL, { as_of: AS_OF, item: 'sql01' });
  const card = data.risk as Row;

  assert.equal(card.item_id, `workload:${RISK_ID.sql01}`);
  assert.equal(card.listed, false);
  const [gap] = rows(card.contributions);
  assert.deepEqual(
    [gap?.hazard, gap?.basis, gap?.q, gap?.meaning],
    ['gap', 'MEASURED', 0.95, 'no usable restore point inside the RPO'],
  );
  assert.deepEqual(rows(gap?.evidence), [{ table: 'job_health', run_id: null, id: 'job' }]);
  assert.ok(
    rows(card.contributions).every(
      ({ q, q_low, q_high }) => Number(q_low) <= Number(q) && Number(q) <= Number(q_high),
    ),
  );
  const [cause] = rows(card.shared_causes);
  assert.deepEqual([cause?.item_id, cause?.name, cause?.points], ['job:job-sql', 'SQL Täglich', gap?.points]);
  assert.match(String(card.explanation), /^Score 59\.6 = gap 55\.5 \+ .*Priority 61\.2 = weight 1 of tier 1/);
  assert.match(text, /gap: 55\.5 points come from `SQL Täglich`, item_id `job:job-sql`/);
});

test('a shared cause names what it concerns', async () => {
  const { affected, omitted } = await ask({ item: 'repo voll', limit: 5 });
  assert.equal(rows(affected).length, 5);
  assert.deepEqual(omitted, { affected: 19 });
});

test('what is not known is said, counts in full, and is never green', async () => {
  const { risk, not_known } = await ask({ item: 'never01' });

  const card = risk as Row;
  assert.deepEqual(
    [card.risk_category, card.tier, card.tier_basis, card.confidence, card.assumption_points],
    ['MEDIUM', null, 'ASSUMED', 'INSUFFICIENT', card.composite_score],
  );
  assert.ok((card.flags as string[]).includes('NOT_ASSESSED'));
  assert.ok(
    rows(card.contributions).every(({ basis, evidence_at }) => basis === 'NONE' && evidence_at === null),
  );
  assert.match(String(not_known), /Whether a restore fails or misses the RTO: nothing was measured/);
  assert.match(String(not_known), /no rule of dr365\.toml gives it a tier/);
});

test('filters choose by category, tier, scope, hazard and flag; a flag finds what is part of another risk too', async () => {
  const names = async (args: Row) => rows((await ask({ ...args, limit: 50 })).risks).map(({ name }) => name);

  assert.deepEqual(await names({ category: 'CRITICAL' }), ['Repo Voll']);
  assert.deepEqual(await names({ tier: 0 }), ['never01']);
  assert.deepEqual(await names({ scope: 'WORKLOAD' }), ['web01', 'never01']);
  assert.deepEqual(await names({ hazard: 'gap' }), ['SQL Täglich', 'Old App']);
  assert.deepEqual(await names({ flag: 'NOT_TESTED', tier: 1, scope: 'WORKLOAD' }), ['web01']);
  assert.deepEqual(new Set(await names({ flag: 'UNPROTECTED' })), new Set(['Old App', 'orphan01']));
  assert.equal((await names({ flag: 'SHARED_CAUSE' })).length, 27);
  assert.deepEqual(await names({ item: 'file1*', category: 'LOW' }), ['file1', 'file10', 'file11']);
});

test('what changed since a day: new, worse, better, gone, and what only became part of another risk comes last', async () => {
  const { changes, comparison, summary } = await ask({ changed_since: '7d', limit: 50 });

  assert.deepEqual(
    rows(changes)
      .filter(({ change }) => change !== 'MERGED')
      .map(({ change, name }) => [change, name]),
    [
      ['WORSE', 'Repo Voll'],
      ['GONE', 'gone01'],
      ['WORSE', 'SQL Täglich'],
      ['BETTER', 'web01'],
    ],
  );
  assert.deepEqual(part({ comparison }, 'comparison').counts, {
    BETTER: 1,
    GONE: 1,
    MERGED: 25,
    SAME: 3,
    WORSE: 2,
  });
  const [full] = rows(changes);
  assert.deepEqual(
    [full?.category_before, full?.risk_category, rows(full?.moved)[0]?.hazard],
    ['LOW', 'CRITICAL', 'capacity'],
  );
  const [compared] = rows(part({ comparison }, 'comparison').sources);
  assert.deepEqual([compared?.run_id, compared?.before_run_id], [RUN, EARLIER_RUN]);
  assert.match(
    summary as string,
    /^Since the run of 2024-11-13T10:00:00Z: 0 new, 2 worse, 1 better, 1 gone, 25 now part/,
  );
  const back = await ask({ as_of: '2024-11-14', item: 'gone01' });
  assert.equal(part(back, 'risk').name, 'gone01');
});

test('changes of one item are answered even if there were none, and pages give each change once', async () => {
  const one = await ask({ changed_since: '7d', item: 'never01' });
  assert.deepEqual(
    rows(one.changes).map(({ change }) => change),
    ['SAME'],
  );
  const seen: unknown[] = [];
  let cursor: unknown;
  do {
    const { data } = await mcp.ask(TOOL, {
      changed_since: '7d',
      limit: 10,
      ...(cursor ? { cursor } : { as_of: AS_OF }),
    });
    seen.push(...rows(data.changes).map(({ item_id }) => item_id));
    cursor = data.next_cursor;
  } while (cursor);
  assert.equal(seen.length, 29);
  assert.equal(new Set(seen).size, 29);
});

test('without a run at that time nothing is compared, and that is said', async () => {
  const { changes, summary, not_known } = await ask({ changed_since: '30d' });
  assert.deepEqual(changes, []);
  assert.match(summary as string, /Nothing can be compared/);
  assert.match(String(not_known), /no risk run that had concluded by then/);
});

test('compliance is rolled up per tier, and per workload with proof and when it expires', async () => {
  const { compliance_tiers, compliance } = await ask({ include: ['compliance'] });
  assert.deepEqual(
    rows(compliance_tiers).map(({ tier }) => tier),
    [1, 3, 0],
  );
  assert.deepEqual(part(rows(compliance_tiers)[0], 'counts').copies, { PROVEN: 2, UNPROVEN: 1, BROKEN: 1 });
  assert.deepEqual(
    rows(compliance).map(({ name, copies }) => [name, copies]),
    [
      ['sql01', 'BROKEN'],
      ['web01', 'PROVEN'],
      ['file1', 'PROVEN'],
    ],
  );
  const one = await ask({ item: 'sql01', include: ['compliance'] });
  const [row] = rows(one.compliance);
  const digits = rows(row?.digits);
  assert.deepEqual(
    digits.map(({ digit, status, detail_status }) => [digit, status, detail_status]),
    [
      ['copies', 'BROKEN', null],
      ['media', 'PROVEN', null],
      ['offsite', 'UNPROVEN', null],
      ['immutable', 'PROVEN', null],
      ['zero_errors', 'PROVEN', null],
      ['rpo', 'PROVEN', 'MET'],
      ['rto', 'PROVEN', 'UNTESTED'],
    ],
  );
  assert.deepEqual(rows(digits[0]?.proof), [
    { table: 'recovery_location', run_id: uuid(700), id: RISK_ID.sql01 },
  ]);
  assert.equal(row?.first_expires_at, '2024-11-23T10:00:00Z');
  const tier = await ask({ include: ['compliance'], tier: 3 });
  assert.deepEqual(
    rows(tier.compliance).map(({ name }) => name),
    ['file1'],
  );
});

test('the first next steps are about the first of the list, however it was chosen', async () => {
  for (const question of [{}, { flag: 'NOT_TESTED' }, { scope: 'JOB' }, { category: 'MEDIUM' }] as Row[]) {
    const { risks, next_steps } = await ask(question);
    const [first] = rows(risks);
    const [why, plan] = rows(next_steps);
    assert.ok(first && why && plan);
    assert.deepEqual([why.tool, plan.tool], [TOOL, 'get_remediation_plan']);
    assert.deepEqual(
      [part(why, 'arguments').item, part(plan, 'arguments').risk],
      [first.item_id, first.item_id],
    );
    assert.equal(why?.reason, `why rank ${Number(first?.rank)}, the first of this list, is there`);
  }
});

test('a rank that is of what is its own says so, and what the rest is part of', async () => {
  const { risks } = await ask({ flag: 'SHARED_CAUSE', limit: 50 });
  for (const { item_id, part_of, own_priority, business_impact_score } of rows(risks)) {
    if (own_priority === undefined) continue;
    assert.equal((part_of as string[]).length, 1, String(item_id));
    assert.ok(Number(own_priority) < Number(business_impact_score));
  }
  assert.ok(rows(risks).some(({ part_of }) => part_of !== undefined));
});

test('inputs and unprotected workloads are shown when asked for', async () => {
  const { inputs, unprotected } = await ask({ include: ['inputs', 'unprotected'] });
  assert.deepEqual(
    rows(inputs).map(({ worker, status }) => [worker, status]),
    ['capacity', 'efficiency', 'health', 'rto'].map((worker) => [worker, 'FRESH']),
  );
  assert.deepEqual(
    rows(unprotected).map(({ name, reason }) => [name, reason]),
    [['orphan01', 'its jobs are disabled']],
  );
});

test('every number in the text stands in the structured content', async () => {
  const questions: Row[] = [
    {},
    { detail: 'detailed', include: ['compliance', 'inputs', 'unprotected'] },
    { item: 'sql01', detail: 'detailed', include: ['compliance'] },
    { item: 'never01' },
    { item: 'repo voll' },
    { flag: 'NOT_TESTED' },
    { changed_since: '7d' },
    { item: 'web01', changed_since: '7d' },
    { what_if: [{ kind: 'fix_job', job: 'SQL*' }] },
    { what_if: [{ kind: 'pass_surebackup', workload: 'file*' }] },
  ];
  for (const question of questions) {
    const { text, data } = await mcp.ask(TOOL, { as_of: AS_OF, ...question });
    const { summary: _summary, next_steps: _steps, ...facts } = data;
    const { numbers, strings } = contentsOf(facts);
    for (const number of numbersIn(strings)) numbers.add(String(Number(number)));
    for (const number of numbersIn(text))
      assert.ok(
        numbers.has(String(Number(number))),
        `${number} is in the text only (${JSON.stringify(question)})\n${text}`,
      );
  }
});

test('arguments are strict, and errors teach', async () => {
  const refused = (args: Row) => mcp.refused(TOOL, { as_of: AS_OF, ...args });

  assert.match(await refused({ risk: 'x' }), /unknown argument risk .*this tool takes: item, source/s);
  assert.match(await refused({ item: 'web02' }), /No risk is about "web02" among 33 items.*`web01`/s);
  assert.match(await refused({ item: 'web01', scope: 'JOB' }), /No risk is about/);
  assert.match(await refused({ category: 'URGENT' }), /category/);
  assert.match(await refused({ changed_since: 'soon' }), /changed_since "soon" is not a moment/);
  assert.match(
    await refused({ changed_since: '7d', category: 'HIGH' }),
    /changed_since is answered by itself: leave category out/,
  );
  assert.match(await refused({ what_if: { kind: 'fix_job' } }), /give a list of changes/);
  assert.match(await refused({ what_if: [] }), /what_if/);
  assert.match(await refused({ source: 'other' }), /There is no source "other"/);
  const { next_cursor } = await ask({ limit: 2 });
  assert.match(
    await mcp.refused(TOOL, { limit: 2, scope: 'JOB', cursor: next_cursor }),
    /cursor belongs to a question with other arguments/,
  );
});

test('a moment in the past is answered from the run of then, byte for byte', async () => {
  const then = { as_of: '2024-11-14T00:00:00Z' };
  const first = await mcp.ask(TOOL, then);
  assert.deepEqual(await mcp.ask(TOOL, then), first);
  const [source] = rows(first.data.sources);
  assert.deepEqual([source?.run_id, source?.worker], [EARLIER_RUN, 'risk']);
  assert.ok(!first.text.includes('Repo Voll` | `repository:repo-full` | CRITICAL'));
});

test('inputs that are not fresh are said first, and make nothing better', async () => {
  await using own = await createTestDatabase();
  const databases = await asAdvisor(own);
  await addRiskSource(databases);
  const stale = riskInputs({ worker: 'health', lastSuccessAt: riskEstate().now - 90 * 3_600_000 });
  const missing = stale.map((input) => (input.worker === 'rto' ? { ...input, lastSuccessAt: null } : input));
  await addRiskRun(databases, riskEstate(), { finished_at: hoursBefore(RUN_AT, 2) });
  await addRiskRun(databases, riskEstate({ inputs: missing }));
  await using session = await startMcp(toEnvironment(own.settings));

  const { text, data } = await session.ask(TOOL, { as_of: AS_OF, limit: 50 });
  assert.match(text, /^Inputs that were not fresh: MISSING rto; STALE health \(ranges are wider/);
  assert.deepEqual(
    rows(data.inputs).map(({ worker, status }) => [worker, status]),
    [
      ['rto', 'MISSING'],
      ['health', 'STALE'],
    ],
  );
  const { data: before } = await session.ask(TOOL, { as_of: '2024-11-20T09:00:00Z', limit: 50 });
  for (const risk of rows(before.risks)) {
    const now = rows(data.risks).find(({ item_id }) => item_id === risk.item_id);
    if (now) assert.ok(Number(now.composite_score) >= Number(risk.composite_score), String(risk.name));
  }
  const card = await session.ask(TOOL, { as_of: AS_OF, item: 'SQL Täglich' });
  const gap = rows(part(card.data, 'risk').contributions).find(({ hazard }) => hazard === 'gap');
  assert.equal(gap?.stale, true);
  assert.match(card.text, /MEASURED, STALE/);
});

test('an empty answer says why, and that it is no sign of health', async () => {
  await using own = await createTestDatabase();
  const databases = await asAdvisor(own);
  await using session = await startMcp(toEnvironment(own.settings));
  const summary = async () => (await session.ask(TOOL, { as_of: AS_OF })).data.summary as string;

  assert.match(await summary(), /Nothing has been collected yet.*no sign of health/);
  await addRiskSource(databases);
  assert.match(await summary(), /There is no run of the risk worker.*no sign of health/);
  const nothing = riskFacts({ jobs: [], workloads: [], repositories: [], incidents: [], signals: [] });
  await addRiskRun(databases, nothing);
  const { data } = await session.ask(TOOL, { as_of: AS_OF });
  assert.match(data.summary as string, /Nothing was assessed: no job and no workload is known/);
  assert.equal((data.estate as Row).score, null);
  assert.equal((data.estate as Row).status, 'NO_DATA');
});

test('several sources stand side by side in one order, and their scores are not merged', async () => {
  await using own = await createTestDatabase();
  const databases = await asAdvisor(own);
  await addRiskSource(databases);
  await addSource(own.metrics.db, { source_id: 'vbr-2', name: 'backup02' });
  await addRiskRun(databases, riskEstate());
  await addRiskRun(databases, riskFacts({ jobs: [job('j', { name: 'Second', gap: null })] }), {
    source_id: 'vbr-2',
  });
  await addAdvisorRun(databases, {
    worker: 'risk',
    status: 'failed',
    source_id: SOURCE,
    finished_at: hoursBefore(RUN_AT, 9),
    error_code: 'internal',
  });
  await using session = await startMcp(toEnvironment(own.settings));

  const { data, text } = await session.ask(TOOL, { as_of: AS_OF, limit: 50 });
  assert.equal(data.estate, undefined);
  assert.equal(rows(data.per_source).length, 2);
  assert.match(text, /their scores are not merged/);
  const priorities = rows(data.risks).map(({ business_impact_score }) => Number(business_impact_score));
  assert.deepEqual(
    priorities,
    priorities.toSorted((a, b) => b - a),
  );
  assert.deepEqual(new Set(rows(data.risks).map(({ source_id }) => source_id)), new Set([SOURCE, 'vbr-2']));
  const pages: unknown[] = [];
  let cursor: unknown;
  do {
    const page = await session.ask(TOOL, { limit: 3, ...(cursor ? { cursor } : { as_of: AS_OF }) });
    pages.push(
      ...rows(page.data.risks).map(({ source_id, item_id }) => `${String(source_id)} ${String(item_id)}`),
    );
    cursor = page.data.next_cursor;
  } while (cursor);
  assert.deepEqual(
    pages,
    rows(data.risks).map(({ source_id, item_id }) => `${String(source_id)} ${String(item_id)}`),
  );
  assert.match(
    await session.refused(TOOL, { as_of: AS_OF, what_if: [{ kind: 'refresh_input', worker: 'rto' }] }),
    /what_if is worked out for one source: give source.*`vbr-2`/s,
  );
});

test('the tools of risks are listed with their annotations, and all tools in at most 12,000 tokens', async () => {
  const { tools } = await mcp.client.listTools();
  for (const name of [TOOL, 'get_remediation_plan']) {
    const tool = tools.find((one) => one.name === name) ?? assert.fail();
    assert.deepEqual(tool.annotations, {
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    });
    assert.equal(tool.inputSchema.additionalProperties, false);
    assert.ok(JSON.stringify(tool).length / 4 < 1500);
  }
  assert.ok(JSON.stringify(tools).length / 4 <= 12_000);
});

test('the compliance of the one workload that is asked for is there, however much is to be said of it', async () => {
  const status = 'UNPROVEN';
  const reasons = Array.from({ length: 5 }, (_, index) => `${index} ${'why '.repeat(48)}`);
  const proof = Array.from({ length: 10 }, (_, index) => ({
    table: 'recovery_location',
    run_id: RUN,
    id: `azure/${'x'.repeat(90)}${index}`,
  }));
  const digit = { status, reasons, rows: proof, expires_at: null };
  const names = ['copies', 'media', 'offsite', 'immutable', 'zero_errors', 'rpo', 'rto'];
  await addCompliance(await asAdvisor(database), {
    run_id: RUN,
    workload_id: RISK_ID.orphan,
    name: 'orphan',
    digits: JSON.stringify(Object.fromEntries(names.map((name) => [name, digit]))),
  });
  for (const detail of ['concise', 'detailed']) {
    const { data, text } = await mcp.ask(TOOL, {
      as_of: AS_OF,
      item: `workload:${RISK_ID.orphan}`,
      include: ['compliance'],
      detail,
    });
    assert.deepEqual(
      rows(data.compliance).map(({ name }) => name),
      ['orphan'],
    );
    assert.doesNotMatch(text, /no workload here was judged/);
  }
});
