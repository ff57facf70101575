import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { advise } from '../support/advise.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  addCollectorRuns,
  azureId,
  concludeRto,
  fillMixed,
  itemId,
  MIXED_NOW,
  VAULT,
  VBR,
  veeamId,
} from '../support/mixed-rows.ts';
import { type Asking, openAsking, type Row } from './contract/asking.ts';
import { assertContract } from './contract/rules.ts';

const UUID = '11112222-3333-4444-5555-666677778888';
const RECOVERY = 'get_recovery_performance';
const END = new Date(MIXED_NOW.getTime() + 60_000);
const rows = (value: unknown) => value as Row[];
const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

let database: TestDatabase;
let asking: Asking;
const ask = async (tool: string, args: Row) => {
  const answer = await asking.ask(tool, args, END);
  assertContract(tool, answer);
  return answer;
};

/** One machine in both, one in each, and two of a name that nothing else joins. */
before(async () => {
  database = await createTestDatabase();
  asking = openAsking(database);
  await fillMixed(database.metrics.db, [
    {
      name: 'erp',
      veeamId: UUID,
      azureId: UUID,
      veeam: [200, 224],
      azure: [3, 27],
      veeamTests: [[400, true]],
      azureTests: [[20, true]],
    },
    { name: 'web', veeam: [4, 28] },
    { name: 'arc', azure: [5, 29] },
    { name: 'zebra-17', veeam: [6, 30], azure: [7, 31] },
  ]);
  // The first run finds a machine of the other source only when that one has been read.
  await concludeRto(database, VBR, { now: new Date(MIXED_NOW.getTime() - 3_600_000) });
  await concludeRto(database, VAULT);
  await concludeRto(database, VBR);
  for (const source of [VBR, VAULT]) await addCollectorRuns(database.metrics.db, source);
  await advise(database, MIXED_NOW, [VBR, VAULT]);
});

after(async () => {
  await asking?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

test('recovery: a machine of two sources is one row with its other protection, and the totals say both', async () => {
  const { data, text } = await ask(RECOVERY, { detail: 'detailed' });
  const estate = data.estate as Row;
  assert.deepEqual([estate.workloads, estate.protections, estate.in_several_sources], [5, 6, 1]);
  assert.match(text, /5 workloads \(machines\) with 6 protections, as several sources protect 1 of them/);
  const names = rows(data.workloads).map(({ workload_name, source_id }) => [workload_name, source_id]);
  assert.deepEqual(names.toSorted(byText), [
    ['arc', VAULT],
    ['erp', VBR],
    ['web', VBR],
    ['zebra-17', VAULT],
    ['zebra-17', VBR],
  ]);
  const erp = rows(data.workloads).find(({ workload_name }) => workload_name === 'erp');
  assert.deepEqual([erp?.other_sources, erp?.rpo_status], [[VAULT], 'MET']);
  assert.deepEqual(
    rows(data.per_source)
      .map(({ source_id, workloads }) => [source_id, workloads])
      .toSorted(byText),
    [
      [VAULT, 2],
      [VBR, 3],
    ],
  );
  assert.equal((data.coverage as Row).workloads, 5);
});

test('recovery: the card is that of the machine, whichever of its protections is named', async () => {
  const card = (await ask(RECOVERY, { workload: veeamId('erp') })).data;
  for (const workload of [azureId('erp'), 'erp']) {
    const { data, text } = await ask(RECOVERY, { workload });
    assert.deepEqual(data.workload, card.workload);
    assert.match(text, /Also protected by other sources, whose points and tests count here/);
  }
  const { points, other_protections } = card.workload as Row & { points: Row };
  assert.equal((points.newest as Row).point_id, `${itemId('erp')}/0`);
  assert.equal((points.newest as Row).repository_name, 'vault-west');
  assert.deepEqual(
    rows(other_protections).map(({ source_id, workload_id, rpo_status }) => [
      source_id,
      workload_id,
      rpo_status,
    ]),
    [[VAULT, azureId('erp'), 'MET']],
  );
  assert.deepEqual(
    rows(card.locations)
      .map(({ location_id, in_source_id }) => [location_id, in_source_id])
      .toSorted(byText),
    [
      ['repo-1', undefined],
      ['vault-west:abc123', VAULT],
    ],
  );
  const trials = rows(card.trials).map(({ source_id, workload_id }) => [source_id, workload_id]);
  assert.deepEqual(trials, [
    [VAULT, azureId('erp')],
    [VBR, veeamId('erp')],
  ]);
});

test('recovery: filters by what another protection has find the machine where it is listed', async () => {
  for (const filter of [
    { job: itemId('erp') },
    { repository: 'vault-west' },
    { repository: 'vault-west:abc123' },
    { job: 'Backup of erp' },
  ]) {
    const { data } = await ask(RECOVERY, filter);
    const found = rows(data.workloads).filter(({ workload_name }) => workload_name === 'erp');
    assert.deepEqual(
      found.map(({ source_id }) => source_id),
      [VBR],
      JSON.stringify(filter),
    );
  }
  const { data } = await ask(RECOVERY, { what_if: { kind: 'target', rpo_hours: 24 } });
  assert.equal((data.what_if as { target: Row }).target.workloads, 5);
});

test('recovery: a source that is asked for shows what it has, and with whom it is listed', async () => {
  const { data } = await ask(RECOVERY, { source: VAULT });
  assert.equal((data.estate as Row).workloads, 3);
  const erp = rows(data.workloads).find(({ workload_name }) => workload_name === 'erp');
  assert.deepEqual([erp?.source_id, erp?.listed_with, erp?.other_sources], [VAULT, VBR, [VBR]]);
});

test('get_workload: protections of one machine are said to be of one, and places stand once', async () => {
  for (const workload of ['erp', azureId('erp')]) {
    const { data, text } = await ask('get_workload', { workload, detail: 'detailed' });
    assert.deepEqual(
      rows(data.protections).map(({ source_id, relation, is_home }) => [
        source_id,
        relation === 'SAME_NAME',
        is_home,
      ]),
      [
        [VBR, false, true],
        [VAULT, false, undefined],
      ],
    );
    assert.match(String(data.summary), /One machine with 2 protections in 2 sources, which count together/);
    assert.match(text, /listed here; also protected in/);
    assert.deepEqual(
      rows(data.places)
        .map(({ source_id, location_id }) => [source_id, location_id])
        .toSorted(byText),
      [
        [VAULT, 'vault-west:abc123'],
        [VBR, 'repo-1'],
      ],
    );
  }
});

test('get_workload and find: an unsure pair is said to be one, and nothing of it is merged', async () => {
  const { data } = await ask('get_workload', { workload: veeamId('zebra-17') });
  const [pair, ...more] = rows(data.maybe_same);
  assert.deepEqual([pair?.other_source_id, pair?.other_workload_id], [VAULT, azureId('zebra-17')]);
  assert.equal(more.length, 0);
  assert.ok(rows(data.protections).every(({ relation, is_home }) => relation !== 'SAME_MACHINE' && !is_home));
  assert.match((data.not_known as string[]).join(' '), /Whether 1 workloads of other sources are the same/);
  const found = rows((await ask('find', { name: 'zebra' })).data.found).filter(
    ({ kind }) => kind === 'workload',
  );
  assert.equal(found.length, 2);
  for (const row of found) assert.equal(rows(row.maybe_same).length, 1);
});

test('find: a machine of two sources is found once, by the id of any of its protections', async () => {
  for (const name of ['erp', azureId('erp')]) {
    const { data } = await ask('find', { name, kind: 'workload' });
    assert.deepEqual(
      rows(data.found).map(({ id, source_id, also_in }) => [id, source_id, also_in]),
      [[veeamId('erp'), VBR, [VAULT]]],
    );
    assert.deepEqual(data.matching, { workload: 1 });
    assert.deepEqual(data.searched, { workload: 5, protection: 6 });
  }
  const ofVault = await ask('find', { name: 'erp', kind: 'workload', source: VAULT });
  assert.deepEqual(
    rows(ofVault.data.found).map(({ id, also_in }) => [id, also_in]),
    [[azureId('erp'), [VBR]]],
  );
});

test('a machine that all fit a pattern is one of the candidates', async () => {
  const { data } = await ask('get_workload', { workload: '*r*' });
  const names = rows(data.workloads).map(
    ({ workload_name, source_id }) => `${String(workload_name)} ${String(source_id)}`,
  );
  assert.deepEqual(names.toSorted(byText), [
    `arc ${VAULT}`,
    `erp ${VBR}`,
    `zebra-17 ${VAULT}`,
    `zebra-17 ${VBR}`,
  ]);
});

test('risks: a machine of two sources is one risk, found by any of its protections', async () => {
  const { data, text } = await ask('analyze_risks', { scope: 'WORKLOAD', flag: 'NOT_TESTED', limit: 50 });
  const all = rows((await ask('analyze_risks', { item: '*', scope: 'WORKLOAD', limit: 50 })).data.risks);
  assert.deepEqual(
    all
      .filter(({ name }) => name === 'erp')
      .map(({ source_id, other_sources }) => [source_id, other_sources]),
    [[VBR, [VAULT]]],
  );
  assert.equal(all.length, 5);
  assert.match(text, /Several sources protect 1 of 3 machines, which are one risk each/);
  assert.deepEqual(
    rows(data.per_source)
      .map(({ source_id, workloads, in_several_sources }) => [source_id, workloads, in_several_sources])
      .toSorted(byText),
    [
      [VAULT, 2, undefined],
      [VBR, 3, 1],
    ],
  );
  const card = (await ask('analyze_risks', { item: veeamId('erp') })).data.risk as Row;
  assert.deepEqual([card.item_id, card.other_sources], [`workload:${veeamId('erp')}`, [VAULT]]);
  for (const item of [azureId('erp'), `workload:${azureId('erp')}`, 'erp'])
    assert.deepEqual((await ask('analyze_risks', { item, scope: 'WORKLOAD' })).data.risk, card, item);
});

test('plans: those of a machine are found by any of its protections', async () => {
  const ids = async (risk: string) => {
    const { plan, plans = [] } = (await ask('get_remediation_plan', { risk })).data;
    return [plan, ...rows(plans)].flatMap((one) => (one ? [(one as Row).plan_id] : []));
  };
  assert.deepEqual(await ids(azureId('erp')), await ids(veeamId('erp')));
});

test('explain_failure: a machine of two sources is one machine', async () => {
  const { data } = await ask('explain_failure', { workload: 'erp' });
  assert.equal((data.machine as Row | undefined)?.workload_id ?? veeamId('erp'), veeamId('erp'));
});

test('what changed: a risk that another source lists now is merged, not gone', async () => {
  await using other = await createTestDatabase();
  await using asked = openAsking(other);
  const { db } = other.metrics;
  const hours = (count: number) => new Date(MIXED_NOW.getTime() - count * 3_600_000);
  await fillMixed(db, [{ name: 'erp', veeamId: UUID, azureId: UUID, veeam: [200], azure: [100] }]);
  await concludeRto(other, VAULT, { now: hours(3) });
  await addCollectorRuns(db, VAULT, hours(3));
  await advise(other, hours(3), [VAULT]);
  await concludeRto(other, VBR, { now: hours(2) });
  await concludeRto(other, VAULT, { now: hours(1) });
  for (const source of [VBR, VAULT]) {
    await addCollectorRuns(db, source);
    await advise(other, MIXED_NOW, [source]);
  }
  const { data } = await asked.ask('what_changed', { since: '2h', include: ['risks'], limit: 50 }, END);
  const item_id = `workload:${azureId('erp')}`;
  const [row] = rows(data.risks).filter((one) => one.item_id === item_id && one.source_id === VAULT);
  assert.deepEqual(
    [row?.change, row?.reasons],
    ['MERGED', ['it is the same machine as a workload of another source, and listed there']],
  );
  const changes = await asked.ask('analyze_risks', { changed_since: '2h' }, END);
  assert.equal((changes.data.comparison as { counts: Row }).counts.MERGED, 1);
});

test('a home that nobody reads any more hands its machines over, and what it said last is not told as if it held', async () => {
  await using other = await createTestDatabase();
  await using asked = openAsking(other);
  const { db } = other.metrics;
  const hours = (count: number) => new Date(MIXED_NOW.getTime() - count * 3_600_000);
  await fillMixed(db, [
    { name: 'erp', veeamId: UUID, azureId: UUID, veeam: [243], azure: [300] },
    { name: 'web', veeam: [244] },
  ]);
  for (const [source, at] of [
    [VAULT, 241],
    [VBR, 240],
    [VAULT, 239],
  ] as const)
    await concludeRto(other, source, { now: hours(at) });
  for (const source of [VBR, VAULT]) {
    await addCollectorRuns(db, source, hours(238));
    await advise(other, hours(238), [source]);
  }
  const listed = async (args: Row = {}) => {
    const { data } = await asked.ask(RECOVERY, { detail: 'detailed', ...args }, END);
    return rows(data.workloads)
      .filter(({ workload_name }) => workload_name === 'erp')
      .map(({ source_id, rpo_status, listed_with }) => [source_id, rpo_status, listed_with]);
  };
  const then = { as_of: hours(237).toISOString() };
  assert.deepEqual(await listed(then), [[VBR, 'MET', undefined]]);

  // That run of the vault still took the server for read.
  await concludeRto(other, VAULT, { now: hours(216) });
  assert.deepEqual(await listed({ as_of: hours(215).toISOString() }), [[VBR, 'MET', undefined]]);
  assert.deepEqual(await listed({ as_of: hours(213).toISOString() }), [[VAULT, 'BREACHED', undefined]]);

  await concludeRto(other, VAULT);
  await advise(other, MIXED_NOW, [VBR, VAULT]);
  assert.deepEqual(await listed(), [[VAULT, 'BREACHED', undefined]]);
  assert.deepEqual(await listed({ status: 'RPO_MET' }), []);
  const { data } = await asked.ask(RECOVERY, {}, END);
  const { workloads, protections, in_several_sources } = data.estate as Row;
  assert.deepEqual([workloads, protections, in_several_sources], [2, 3, 1]);
  const card = (await asked.ask(RECOVERY, { workload: veeamId('erp') }, END)).data.workload as Row;
  assert.deepEqual([card.source_id, card.rpo_status], [VAULT, 'BREACHED']);
  const found = await asked.ask('find', { name: 'erp', kind: 'workload' }, END);
  assert.deepEqual(
    rows(found.data.found).map(({ id, also_in }) => [id, also_in]),
    [[azureId('erp'), [VBR]]],
  );
  const risks = await asked.ask('analyze_risks', { item: '*', scope: 'WORKLOAD', limit: 50 }, END);
  assert.deepEqual(
    rows(risks.data.risks)
      .map(({ name, source_id }) => [name, source_id])
      .toSorted(byText),
    [
      ['erp', VAULT],
      ['web', VBR],
    ],
  );
  // Where neither is read any more, nothing gets better by that.
  const later = new Date(MIXED_NOW.getTime() + 240 * 3_600_000);
  const stopped = await asked.ask(RECOVERY, { workload: 'erp' }, later);
  assert.equal((stopped.data.workload as Row).rpo_status, 'BREACHED');
  // Once it is read again it is the home again, also by rows that did not know it.
  await concludeRto(other, VBR);
  assert.deepEqual(await listed(), [[VBR, 'BREACHED', undefined]]);
  assert.deepEqual(await listed(then), [[VBR, 'MET', undefined]]);
});
