import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { RiskFacts } from '../../src/analysis/risk/facts.ts';
import { riskWhatIf } from '../../src/analysis/risk/what-if.ts';
import { resolveChanges } from '../../src/mcp/tools/risk/plan.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type McpSession, startMcp, toEnvironment } from '../support/mcp-client.ts';
import { addRiskRun, addRiskSource, RISK_ID, riskEstate, signal } from '../support/risk-rows.ts';

const TOOL = 'analyze_risks';
const AS_OF = '2024-11-20T10:30:00.000Z';

type Row = Record<string, unknown>;
const rows = (value: unknown) => value as Row[];

let database: TestDatabase;
let mcp: McpSession;
let facts: RiskFacts;

before(async () => {
  database = await createTestDatabase();
  const databases = { metrics: database.metrics, risk: (await database.as('advisor')).risk };
  await addRiskSource(databases);
  const weakened = signal('MALWARE_DETECTION_WEAKENED', { scope: 'estate' });
  ({ facts } = await addRiskRun(databases, riskEstate({ signals: [weakened] })));
  mcp = await startMcp(toEnvironment(database.settings));
});

after(async () => {
  await mcp[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const plan = async (...what_if: Row[]) =>
  (await mcp.ask(TOOL, { as_of: AS_OF, what_if, limit: 50 })).data.what_if as Row;
const itemOf = (answer: Row, id: string) =>
  rows(answer.items).find(({ item_id }) => item_id === id) ?? assert.fail(`${id} is not in the answer`);

test('the answer is what the one scorer says of the stored facts', async () => {
  const answer = await plan({ kind: 'pass_restore_test', workload: 'web01', passes: 5 });

  const expected = riskWhatIf(facts, [{ kind: 'pass_restore_test', workloadId: RISK_ID.web01, passes: 5 }]);
  assert.equal(answer.items_changed, expected.changed.length);
  for (const { key, before, after, delta } of expected.changed) {
    const item = itemOf(answer, key);
    assert.ok(Math.abs(Number(item.points_removed) - delta) <= 0.05 + 1e-9);
    assert.ok(Math.abs(Number((item.before as Row).composite_score) - (before?.score ?? 0)) <= 0.05 + 1e-9);
    assert.ok(Math.abs(Number((item.after as Row).composite_score) - (after?.score ?? 0)) <= 0.05 + 1e-9);
  }
  assert.equal(itemOf(answer, `workload:${RISK_ID.web01}`).mostly, 'recover');
  assert.ok(Number((answer.estate as Row).points_removed) > 0);
});

test('each kind of change is asked for by name, and several are made together', async () => {
  const kinds: [Row, string][] = [
    [{ kind: 'expand_repository', repository: 'repo voll', p95_within: 0.02 }, `repository:${RISK_ID.full}`],
    [{ kind: 'pass_surebackup', job: 'Web' }, `workload:${RISK_ID.web01}`],
    [{ kind: 'fix_job', job: 'sql taglich' }, `job:${RISK_ID.sql}`],
    [{ kind: 'enable_job', job: RISK_ID.old }, `workload:${RISK_ID.orphan}`],
    [{ kind: 'move_job', job: 'job-file-03', repository: RISK_ID.roomy }, 'workload:vm-file-3'],
    [{ kind: 'clean_point', workload: 'workload:vm-never' }, 'workload:vm-never'],
    [{ kind: 'clear_signal', signal: 'MALWARE_DETECTION_WEAKENED' }, `workload:${RISK_ID.web01}`],
  ];
  for (const [change, id] of kinds) {
    const answer = await plan(change);
    assert.ok(Number(itemOf(answer, id).points_removed) > 0, JSON.stringify(change));
    assert.ok((answer.assumptions as string[]).length > 0);
  }
  const alone = await Promise.all(kinds.slice(0, 3).map(([change]) => plan(change)));
  const together = await plan(...kinds.slice(0, 3).map(([change]) => change));
  const removed = (answer: Row) => Number((answer.estate as Row).points_removed);
  assert.ok(alone.every((answer) => removed(together) > removed(answer)));
});

test('storage without a limit is not expanded', () => {
  const ask = (status: 'UNBOUNDED' | 'NOT_APPLICABLE' | 'FORECAST') => () =>
    resolveChanges(
      {
        ...facts,
        repositories: facts.repositories.map((one) => ({
          ...one,
          capacity: { refs: [], asOf: null, p95Within: null, ...one.capacity, status },
        })),
      },
      { kind: 'expand_repository', repository: RISK_ID.roomy },
    );
  assert.throws(ask('NOT_APPLICABLE'), /cannot be expanded: it is storage that is sold by use/);
  assert.throws(ask('UNBOUNDED'), /cannot be expanded: it has no limit/);
  assert.doesNotThrow(ask('FORECAST'));
});

test('a change that nothing depends on says so', async () => {
  const { data } = await mcp.ask(TOOL, {
    as_of: AS_OF,
    what_if: [{ kind: 'enable_immutability', repository: RISK_ID.roomy }],
  });
  assert.match(data.summary as string, /Nothing changes: no score depends on it/);
});

test('a change is strict, and what it names has to be known and one', async () => {
  const refused = (what_if: unknown, rest: Row = {}) => mcp.refused(TOOL, { as_of: AS_OF, what_if, ...rest });

  assert.match(await refused([{ kind: 'fix_job' }]), /fix_job needs job/);
  assert.match(
    await refused([{ kind: 'fix_job', job: 'Web', worker: 'rto' }]),
    /fix_job does not take worker/,
  );
  assert.match(
    await refused([{ kind: 'fix_job', jobs: 'Web' }]),
    /unknown field jobs \(did you mean job\?\)/,
  );
  assert.match(await refused([{ kind: 'pass_surebackup' }]), /needs workload or job, one of them/);
  assert.match(
    await refused([{ kind: 'fix_job', job: 'Webb' }]),
    /there is no job "Webb" among 15\..*`Web`/s,
  );
  assert.match(
    await refused([{ kind: 'pass_restore_test', workload: 'file*' }]),
    /fits 12 of the kind workload; give one of the ids:/,
  );
  assert.match(
    await refused([{ kind: 'fix_job', job: 'Web' }], { scope: 'JOB', cursor: 'x' }),
    /what_if is answered by itself: leave scope, cursor out/,
  );
});
