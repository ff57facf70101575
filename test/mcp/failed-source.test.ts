import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { drawHealth } from '../../src/mcp/charts/health.ts';
import { drawRisks } from '../../src/mcp/charts/risk.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addRun, addScore, addSource, SOURCE, uuid } from '../support/health-rows.ts';
import { type McpSession, startMcp, toEnvironment } from '../support/mcp-client.ts';
import { addRemediationRun, addRiskRun, addRiskSource, riskEstate } from '../support/risk-rows.ts';

const AS_OF = '2024-11-20T10:30:00.000Z';
type Row = Record<string, unknown>;

let database: TestDatabase;
let mcp: McpSession;

before(async () => {
  database = await createTestDatabase();
  const { db } = database.metrics;
  const advisor = { metrics: database.metrics, risk: (await database.as('advisor')).risk };
  await addRiskSource(advisor);
  await addSource(db, { source_id: 'vbr-2', name: 'backup02' });
  for (const source_id of [SOURCE, 'vbr-2']) {
    const run_id = await addRun(db, { source_id });
    await addScore(db, { source_id, run_id, overall_score: source_id === SOURCE ? 80 : 78.25 });
  }
  await addRun(db, {
    run_id: uuid(950),
    status: 'failed',
    started_at: new Date('2024-11-20T10:20:00Z'),
    finished_at: new Date('2024-11-20T10:21:00Z'),
    error_code: 'sign-in',
    error_message: '401',
  });
  await addRiskRun(advisor, riskEstate());
  await addRemediationRun(advisor);
  mcp = await startMcp(toEnvironment(database.settings));
});

after(async () => {
  await mcp[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const drawn = (scene: ReturnType<typeof drawHealth>) =>
  (scene?.shapes ?? []).map((shape) => ('text' in shape ? shape.text : '')).join('\n');

test('a source whose last run failed is marked in the first words, the table and the picture of its health', async () => {
  const { text, data } = await mcp.ask('get_health_status', { as_of: AS_OF });

  assert.match(text, /^The last run of 1 of 2 sources did not conclude/);
  const rows = data.per_source as Row[];
  assert.deepEqual(
    rows.map(({ source_id, data_state }) => [source_id, data_state]),
    [
      ['vbr-2', undefined],
      [SOURCE, 'failed'],
    ],
  );
  assert.match(text, /\| `backup01` LAST RUN FAILED \|/);
  assert.match(text, /\| `backup02` \|/);
  const picture = drawn(drawHealth(data as never, 600));
  assert.match(picture, /OLD: its last run failed/);
  assert.match(picture, /backup01, health: LAST RUN FAILED, data of 2024-11-20 10:00 UTC/);
});

test('risks and plans name the input whose last run failed, first of all', async () => {
  for (const tool of ['analyze_risks', 'get_remediation_plan']) {
    const { text, data } = await mcp.ask(tool, { as_of: AS_OF, source: SOURCE });
    assert.match(
      String(data.summary),
      /^FAILED last runs of inputs: health on 1 of 1 sources \(the source refused the credentials\)\./,
    );
    assert.match(text, /- `backup01` health: .* latest run 2024-11-20T10:21:00Z failed \(sign-in/);
  }
  const { data } = await mcp.ask('analyze_risks', { as_of: AS_OF, source: SOURCE });
  assert.match(drawn(drawRisks(data as never, 600)), /backup01, health: LAST RUN FAILED/);
});

test('the level of risk stands beside the grade, and what is worse stands first where ranges begin alike', async () => {
  const { text } = await mcp.ask('get_health_status', { as_of: AS_OF });
  assert.match(text, /\| grade \| risk \|/);
  assert.match(text, /\| B \| LOW \|/);
});

test('of a vault that may not be read the missing role is named', async () => {
  const { db } = database.metrics;
  const source_id = 'azure:rsv-west:abc123';
  await addSource(db, { source_id, kind: 'azure', name: 'rsv-west' });
  await addRun(db, {
    source_id,
    status: 'failed',
    finished_at: new Date('2024-11-20T10:10:00Z'),
    error_code: 'forbidden',
    error_message: '403',
  });
  const { text } = await mcp.ask('get_health_status', { as_of: AS_OF, source: 'rsv-west' });
  assert.match(text, /may not read what the run needs: it needs the role Backup Reader there/);
});
