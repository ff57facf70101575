import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { loadBusinessContext } from '../../../src/business/load.ts';
import { createLog } from '../../../src/log.ts';
import { runAdvisor } from '../../../src/pipeline/advisor.ts';
import { createRisk } from '../../../workers/risk/risk.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  addCollectorRuns,
  azureId,
  concludeRto,
  fillMixed,
  MIXED_NOW,
  type MixedMachine,
  VAULT,
  VBR,
  veeamId,
} from '../../support/mixed-rows.ts';

const UUID = '11112222-3333-4444-5555-666677778888';
const both = (
  name: string,
  veeam: number[],
  azure: number[],
  more: Partial<MixedMachine> = {},
): MixedMachine => ({
  name,
  veeamId: UUID,
  azureId: UUID,
  veeam,
  azure,
  ...more,
});

/** What a run of the risk worker says of one source. */
async function riskOf(database: TestDatabase, sourceId: string) {
  const databases = await database.as('advisor');
  for (;;) {
    const { runId, status, error } = await runAdvisor(
      createRisk(loadBusinessContext(undefined)),
      databases,
      sourceId,
      {
        clock: () => MIXED_NOW,
        log: createLog('silent'),
      },
    );
    if (status === 'busy') continue;
    assert.equal(error, undefined);
    const { db } = databases.risk;
    const items = await db
      .selectFrom('risk_item')
      .selectAll()
      .where('run_id', '=', runId ?? '')
      .execute();
    const compliance = await db
      .selectFrom('risk_compliance')
      .selectAll()
      .where('run_id', '=', runId ?? '')
      .execute();
    const hazards = await db
      .selectFrom('risk_hazard')
      .selectAll()
      .where('run_id', '=', runId ?? '')
      .execute();
    const summary = await db
      .selectFrom('risk_summary')
      .selectAll()
      .where('run_id', '=', runId ?? '')
      .executeTakeFirstOrThrow();
    return { items, compliance, hazards, summary };
  }
}

async function estate(machines: MixedMachine[], vault: Record<string, unknown> = {}): Promise<TestDatabase> {
  const database = await createTestDatabase();
  const { db } = database.metrics;
  await fillMixed(db, machines, { vault });
  for (const sourceId of [VAULT, VBR]) {
    if (
      !(await db
        .selectFrom('source')
        .select('source_id')
        .where('source_id', '=', sourceId)
        .executeTakeFirst())
    )
      continue;
    await addCollectorRuns(db, sourceId);
    await concludeRto(database, sourceId);
  }
  return database;
}

test('a machine of two sources is one item, at home, and the other source says where', async () => {
  await using database = await estate([both('erp', [200], [3]), { name: 'cloud-only-4711', azure: [3] }]);
  const veeam = await riskOf(database, VBR);
  const azure = await riskOf(database, VAULT);
  assert.deepEqual(
    veeam.items.filter(({ scope_type }) => scope_type === 'WORKLOAD').map(({ scope_id }) => scope_id),
    [veeamId('erp')],
  );
  assert.deepEqual(
    azure.items.filter(({ scope_type }) => scope_type === 'WORKLOAD').map(({ scope_id }) => scope_id),
    [azureId('cloud-only-4711')],
  );
  assert.equal(azure.summary.workloads, 1);
  assert.match(
    (azure.summary.not_known as string[]).join('\n'),
    /1 workloads: they are the same machines as workloads of vbr01, and assessed there/,
  );
  const [row] = veeam.compliance;
  assert.equal(row?.rpo, 'PROVEN');
  // The copy on disk is older than a week, so it is none any more.
  assert.deepEqual(
    [row?.copies, row?.media, row?.offsite, row?.immutable],
    ['BROKEN', 'BROKEN', 'PROVEN', 'PROVEN'],
  );
  assert.deepEqual(
    azure.compliance.map(({ workload_id }) => workload_id),
    [azureId('cloud-only-4711')],
  );
});

test('with both backups young all of 3-2-1-1 is proven: disk here, a vault elsewhere', async () => {
  await using database = await estate([both('erp', [3], [5])]);
  const [row] = (await riskOf(database, VBR)).compliance;
  assert.deepEqual(
    [row?.copies, row?.media, row?.offsite, row?.immutable],
    ['PROVEN', 'PROVEN', 'PROVEN', 'PROVEN'],
  );
});

test('copies are not missing as long as another source could not be read, and the answer names it', async () => {
  await using database = await estate([{ name: 'dc', veeam: [3] }]);
  const { db } = database.metrics;
  assert.deepEqual(digitsOf((await riskOf(database, VBR)).compliance[0]), [
    'BROKEN',
    'BROKEN',
    'BROKEN',
    'BROKEN',
  ]);
  await db
    .insertInto('source')
    .values({ source_id: VAULT, kind: 'azure', name: 'rsv-02', first_seen_at: new Date(0) })
    .execute();
  const run = (status: string, finished: Date) => ({
    source_id: VAULT,
    run_id: randomUUID(),
    worker: 'rto',
    status,
    started_at: finished,
    finished_at: finished,
    program_version: 'test',
  });
  const told = async (words: RegExp) => {
    const { compliance, summary } = await riskOf(database, VBR);
    assert.deepEqual(digitsOf(compliance[0]), ['UNPROVEN', 'UNPROVEN', 'UNPROVEN', 'UNPROVEN']);
    assert.match(JSON.stringify(compliance[0]?.digits), words);
    assert.match(JSON.stringify(summary.not_known), words);
  };
  await told(/vault rsv-02 has not been read yet/);
  await db
    .insertInto('run')
    .values(run('failed', new Date(MIXED_NOW.getTime() - 7_200_000)))
    .execute();
  await told(/vault rsv-02 could not be read/);
  await db
    .insertInto('run')
    .values(run('succeeded', new Date('2026-03-10T00:00:00Z')))
    .execute();
  await told(/vault rsv-02 was last read 2026-03-10/);
  const forbidden = run('partial', new Date(MIXED_NOW.getTime() - 3_600_000));
  await db.insertInto('run').values(forbidden).execute();
  const endpoint = { source_id: VAULT, run_id: forbidden.run_id, endpoint: 'backupProtectedItems' };
  await db
    .insertInto('run_endpoint')
    .values({ ...endpoint, outcome: 'forbidden' })
    .execute();
  await told(/vault rsv-02 could not be read/);
  await db
    .insertInto('run')
    .values(run('succeeded', new Date(MIXED_NOW.getTime() - 1_800_000)))
    .execute();
  assert.deepEqual(digitsOf((await riskOf(database, VBR)).compliance[0]), [
    'BROKEN',
    'BROKEN',
    'BROKEN',
    'BROKEN',
  ]);
});

const digitsOf = (row: { copies: string; media: string; offsite: string; immutable: string } | undefined) => [
  row?.copies,
  row?.media,
  row?.offsite,
  row?.immutable,
];

test('immutability that can be switched off, and one datacentre in the region of the machine, prove nothing', async () => {
  await using database = await estate([both('erp', [3], [5])], {
    immutability: 'Unlocked',
    redundancy: 'LocallyRedundant',
  });
  const [row] = (await riskOf(database, VBR)).compliance;
  assert.deepEqual([row?.immutable, row?.offsite], ['UNPROVEN', 'UNPROVEN']);
});

test('a machine whose home does not list it any more is listed by the other source', async () => {
  await using database = await estate([both('erp', [3], [5])]);
  const { db } = database.metrics;
  await db
    .updateTable('workload')
    .set({ vanished_at: MIXED_NOW, known_from: MIXED_NOW })
    .where('source_id', '=', VBR)
    .execute();
  const azure = await riskOf(database, VAULT);
  assert.deepEqual(
    azure.items.filter(({ scope_type }) => scope_type === 'WORKLOAD').map(({ scope_id }) => scope_id),
    [azureId('erp')],
  );
});

test('a machine whose home nobody reads any more is one item, with the source that is read', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  const hours = (count: number) => new Date(MIXED_NOW.getTime() - count * 3_600_000);
  await fillMixed(db, [both('erp', [243], [300])]);
  await addCollectorRuns(db, VAULT);
  await addCollectorRuns(db, VBR, hours(240));
  for (const [sourceId, at] of [
    [VAULT, 241],
    [VBR, 240],
    [VAULT, 220],
  ] as const)
    await concludeRto(database, sourceId, { now: hours(at) });
  const machinesOf = async (sourceId: string) => {
    const { items, summary } = await riskOf(database, sourceId);
    const machines = items.filter(({ scope_type }) => scope_type === 'WORKLOAD');
    return { ids: machines.map(({ scope_id }) => scope_id), notKnown: summary.not_known as string[] };
  };
  // Neither is read any more: when the vault concluded last, the server was not late.
  assert.deepEqual([(await machinesOf(VBR)).ids, (await machinesOf(VAULT)).ids], [[veeamId('erp')], []]);
  await concludeRto(database, VAULT);
  assert.deepEqual((await machinesOf(VAULT)).ids, [azureId('erp')]);
  const { ids, notKnown } = await machinesOf(VBR);
  assert.deepEqual(ids, []);
  assert.match(
    notKnown.join('\n'),
    /the same machines as workloads of azure:vault-west:abc123, and assessed there/,
  );
});

test('what is wrong with the item in the vault is said with the machine at home', async () => {
  await using database = await estate([
    both('erp', [3], [60], { item: { protection_state: 'ProtectionStopped' } }),
  ]);
  const { items } = await riskOf(database, VBR);
  const item = items.find(({ scope_id }) => scope_id === veeamId('erp'));
  assert.match(item?.reasons.join('\n') ?? '', /in another source that protects it protection was stopped/);
});

test('a machine whose job is off here and that Azure backs up is not unprotected', async () => {
  await using database = await estate([both('erp', [200], [3], { isVeeamOff: true })]);
  const { items } = await riskOf(database, VBR);
  const item = items.find(({ scope_id }) => scope_id === veeamId('erp'));
  assert.ok(!item?.flags.includes('UNPROTECTED'));
});

test('a run of the vault that is newer than that of the server tells a newer point', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await fillMixed(db, [both('erp', [100], [30])]);
  for (const sourceId of [VBR, VAULT]) await addCollectorRuns(db, sourceId);
  const earlier = new Date(MIXED_NOW.getTime() - 20 * 3_600_000);
  await concludeRto(database, VAULT, { now: earlier });
  await concludeRto(database, VBR, { now: earlier });
  assert.equal((await riskOf(database, VBR)).compliance[0]?.rpo, 'UNPROVEN');
  const [point] = await db.selectFrom('restore_point').selectAll().where('source_id', '=', VAULT).execute();
  await db
    .insertInto('restore_point')
    .values({
      ...(point as NonNullable<typeof point>),
      restore_point_id: 'newer',
      created_at: new Date(MIXED_NOW.getTime() - 2 * 3_600_000),
    })
    .execute();
  await concludeRto(database, VAULT);
  const [row] = (await riskOf(database, VBR)).compliance;
  assert.equal(row?.rpo, 'PROVEN');
});

test('an estate of a vault alone is assessed by what Azure says: no capacity, and what nobody looks at is not known', async () => {
  const machines: MixedMachine[] = [
    { name: 'good-1', azure: [3, 27, 51] },
    { name: 'late-2', azure: [100] },
    { name: 'never-3', azure: [], item: { protection_state: 'IRPending' } },
    { name: 'gone-4', azure: [50], item: { protection_state: 'ProtectionStopped', is_soft_deleted: true } },
  ];
  await using database = await estate(machines, {
    soft_delete: 'Disabled',
    immutability: 'Disabled',
    multi_user_authorization: false,
  });
  const { items, hazards, compliance } = await riskOf(database, VAULT);
  const of = (name: string) => items.find(({ scope_id }) => scope_id === azureId(name));
  assert.ok(hazards.every(({ hazard }) => hazard !== 'capacity'));
  assert.ok((of('late-2')?.job_failure_risk_score ?? 0) >= 80);
  assert.ok((of('never-3')?.job_failure_risk_score ?? 0) >= 80);
  assert.ok((of('good-1')?.job_failure_risk_score ?? 100) < 40);
  assert.ok(of('gone-4')?.flags.includes('UNPROTECTED'));
  const integrity = hazards.find(
    ({ item_id, hazard }) => item_id === `workload:${azureId('good-1')}` && hazard === 'integrity',
  );
  assert.ok(['NONE', 'ASSUMED'].includes(integrity?.basis ?? ''), integrity?.basis);
  const vault = items.find(({ scope_type }) => scope_type === 'REPOSITORY');
  assert.match(vault?.reasons.join('\n') ?? '', /soft delete is off: what is deleted is gone at once/);
  assert.equal(vault?.affected_workloads, 4);
  const good = compliance.find(({ workload_id }) => workload_id === azureId('good-1'));
  // One copy beside the machine, in the paired region as well, that anybody may delete.
  assert.deepEqual(
    [good?.copies, good?.media, good?.offsite, good?.immutable],
    ['BROKEN', 'BROKEN', 'PROVEN', 'BROKEN'],
  );
});
