import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NotifySettings } from '../../src/config/observability.ts';
import { startNotifier } from '../../src/observability/notifications/notifier.ts';
import { createTestDatabase } from '../support/database.ts';
import {
  addPlan,
  addRead,
  after,
  assess,
  critical,
  keptLog,
  NOW,
  type Receiver,
  SOURCE,
  startReceiver,
} from './estate.ts';
import { lookAt } from './look.ts';

type Body = {
  type: string;
  id: string;
  text: string;
  entries: Record<string, unknown>[];
  more: { critical: number };
};

const bodiesOf = (receiver: Receiver) => receiver.bodies() as unknown as Body[];
const onlyCritical = { kinds: ['critical'] as const };

test('forty old risks are one message at first; then each new one is one, once, and again when it returned', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  await using receiver = await startReceiver();
  await addRead(database, NOW);
  const old = Array.from({ length: 40 }, (_, index) => critical(`old-${index}`));
  const step = async (minutes: number, items: typeof old, status = 'ASSESSED') => {
    await assess(advisor, after(minutes), items, { status });
    const seen = receiver.requests.length;
    await lookAt(after(minutes + 1), database, receiver, onlyCritical);
    return bodiesOf(receiver).slice(seen);
  };

  const [summary, ...others] = await step(-600, old);
  assert.deepEqual(others, []);
  assert.equal(summary?.type, 'summary');
  assert.equal(summary?.entries.length, 10);
  assert.equal(summary?.more.critical, 30);
  assert.match(summary?.text ?? '', /^40 critical risks\n/);

  assert.deepEqual(await step(-540, old), [], 'they stay, so nothing is said');
  const fresh = critical('fresh');
  const [single] = await step(-480, [...old, fresh]);
  assert.equal(single?.type, 'critical');
  assert.deepEqual(await step(-420, [...old, fresh]), []);
  assert.deepEqual(await step(-400, [], 'NO_DATA'), []);
  assert.deepEqual(await step(-380, [...old, fresh]), [], 'where nothing was assessed nothing was over');
  assert.deepEqual(await step(-360, old), []);
  const back = await step(-300, [...old, fresh]);
  assert.deepEqual(
    back.map(({ entries }) => entries[0]?.item_id),
    [fresh.item_id],
  );
});

test('a risk that comes and goes around the limit is told once, and again after it was clearly below it', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  await using receiver = await startReceiver();
  await addRead(database, NOW);
  const at = (priority: number) =>
    critical('a', { priority, category: priority >= 70 ? 'CRITICAL' : 'HIGH' });
  const told: number[] = [];
  for (const [index, priority] of [66, 71, 69, 72, 68, 70, 60, 70].entries()) {
    await assess(advisor, after(index * 60 - 600), [at(priority)]);
    told.push((await lookAt(after(index * 60 - 599), database, receiver, onlyCritical)).sent);
  }
  assert.deepEqual(told, [0, 1, 0, 0, 0, 0, 0, 1]);
});

test('where nothing is looked for yet, as of late sources after a start, what waits is sent all the same', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  let status = 503;
  await using receiver = await startReceiver((_request, response) => void response.writeHead(status).end());
  await addRead(database, NOW);
  await assess(advisor, after(-20), [critical('a')]);
  assert.equal((await lookAt(after(-19), database, receiver, onlyCritical)).failed, 1);
  status = 200;
  const { made, sent } = await lookAt(NOW, database, receiver, { kinds: [] });
  assert.deepEqual([made, sent], [0, 1]);
});

test('a message says what, how bad, since when, why, what to do first, as of when and what is assumed', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  await using receiver = await startReceiver();
  await addRead(database, NOW);
  const item = critical('sql01', { affected_workloads: 3 });
  await assess(advisor, after(-300), [item]);
  await assess(advisor, after(-240), []);
  await assess(advisor, after(-180), [item]);
  await assess(advisor, after(-120), [item]);
  await addPlan(advisor, after(-120), item.item_id, 'Look at the last session of its job');
  await lookAt(NOW, database, receiver, onlyCritical);
  const [body] = bodiesOf(receiver);
  assert.deepEqual(body?.entries[0], {
    kind: 'critical',
    source_id: SOURCE,
    source: SOURCE,
    item_id: 'WORKLOAD:sql01',
    what: 'machine',
    name: 'machine sql01',
    score: 83,
    score_low: 71,
    score_high: 95,
    tier: 1,
    since: after(-180).toISOString(),
    because: ['there was never a usable restore point'],
    first: { plan: 'Back up what has no restore point', step: 'Look at the last session of its job' },
    affected_machines: 3,
    assumed_points: 12,
    is_measured: true,
    as_of: after(-120).toISOString(),
  });
  assert.match(body?.text ?? '', /12 points of it are assumed, as they could not be measured/);

  const unmeasured = critical('blind', { coverage: 0, flags: ['NOT_ASSESSED'] });
  await assess(advisor, after(1), [item, unmeasured]);
  await lookAt(after(2), database, receiver, onlyCritical);
  assert.match(bodiesOf(receiver)[1]?.text ?? '', /nothing of it could be measured/);
});

test('a limit for an hour holds, and the rest is summed up', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  await using receiver = await startReceiver();
  await addRead(database, NOW);
  const few = { ...onlyCritical, maxPerHour: 3 };
  await assess(advisor, after(-120), [critical('a')]);
  await lookAt(after(-119), database, receiver, few);
  const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => critical(id));
  await assess(advisor, after(-110), many);
  await lookAt(after(-109), database, receiver, few);
  assert.deepEqual(
    bodiesOf(receiver).map(({ type, entries }) => [type, entries.length]),
    [
      ['critical', 1],
      ['critical', 1],
      ['summary', 4],
    ],
  );
  await assess(advisor, after(-100), [...many, critical('g'), critical('h')]);
  await lookAt(after(-99), database, receiver, few);
  assert.equal(receiver.requests.length, 3, 'the hour is full');
  await lookAt(after(-55), database, receiver, few);
  const told = bodiesOf(receiver)
    .slice(3)
    .flatMap(({ entries }) => entries.map(({ item_id }) => String(item_id)));
  assert.deepEqual(told.toSorted(), ['WORKLOAD:g', 'WORKLOAD:h']);
});

test('replicas that look at the same moment tell everything once', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  const second = await database.as('collector');
  await using receiver = await startReceiver();
  await addRead(database, NOW);
  await assess(advisor, after(-200), [critical('a')]);
  await Promise.all([database, second].map((one) => lookAt(after(-199), one, receiver, onlyCritical)));
  const rest = ['b', 'c', 'd'].map((id) => critical(id));
  await assess(advisor, after(-100), [critical('a'), ...rest]);
  for (let round = 0; round < 3; round += 1)
    await Promise.all(
      [database, second].map((one) => lookAt(after(-99 + round), one, receiver, onlyCritical)),
    );
  const ids = bodiesOf(receiver).flatMap(({ entries }) => entries.map(({ item_id }) => String(item_id)));
  assert.deepEqual(ids.toSorted(), ['WORKLOAD:a', 'WORKLOAD:b', 'WORKLOAD:c', 'WORKLOAD:d']);
});

test('what is not taken is tried again with growing pauses, is not lost by a restart, and the address is in no line', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  let status = 500;
  await using receiver = await startReceiver((_request, response) => {
    response.writeHead(status, status === 429 ? { 'retry-after': '600' } : {}).end('error of the receiver');
  });
  await addRead(database, NOW);
  await assess(advisor, after(-300), [critical('a')]);
  let log = '';
  const look = async (minutes: number, settings: Partial<NotifySettings> = {}) => {
    const done = await lookAt(after(minutes), database, receiver, { ...onlyCritical, ...settings });
    log += done.log;
    return done;
  };
  assert.equal((await look(-290)).failed, 1);
  assert.deepEqual(
    { ...(await look(-290)), log: '' },
    { isBusy: false, made: 0, sent: 0, failed: 0, log: '' },
  );
  status = 429;
  assert.equal((await look(-289)).failed, 1);
  assert.equal((await look(-285)).failed, 0, 'it asked us to wait for ten minutes');
  status = 302;
  assert.equal((await look(-278)).failed, 1, 'a redirect is not followed');
  assert.equal((await look(-270, { url: 'https://localhost:1/hooks/very-secret-path' })).failed, 1);
  status = 204;
  assert.equal((await look(-200)).sent, 1);
  assert.equal((await look(-190)).sent, 0);
  const ids = receiver.requests.map(({ headers }) => headers['idempotency-key']);
  assert.equal(ids.length, 4);
  assert.equal(new Set(ids).size, 1, 'a receiver can tell that it is the same message');
  for (const secret of ['very-secret', 'error of the receiver']) assert.ok(!log.includes(secret), log);
  const stored = await database.risk.db.selectFrom('notification_message').selectAll().execute();
  assert.ok(!JSON.stringify(stored).includes('very-secret'));
});

test('what a receiver refuses as it is comes again as a count, and holds nothing else up', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  await using receiver = await startReceiver((_request, response) => {
    const { entries } = bodiesOf(receiver).at(-1) as Body;
    response.writeHead(entries.some(({ item_id }) => item_id === 'WORKLOAD:odd') ? 400 : 200).end();
  });
  await addRead(database, NOW);
  const look = (minutes: number) => lookAt(after(minutes), database, receiver, onlyCritical);
  await assess(advisor, after(-300), [critical('odd')]);
  assert.equal((await look(-299)).failed, 1);
  assert.equal((await look(-297)).sent, 1);
  const { text, entries, more } = bodiesOf(receiver).at(-1) as Body;
  assert.deepEqual([entries, more.critical], [[], 1]);
  assert.match(
    text,
    /^1 critical risk\nThis receiver refused the message that said which: ask analyze_risks/,
  );
  await assess(advisor, after(-240), [critical('odd'), critical('plain')]);
  assert.equal((await look(-239)).sent, 1);
  assert.equal(bodiesOf(receiver).at(-1)?.entries[0]?.item_id, 'WORKLOAD:plain');
});

test('after a day a message is given up, and what it told is in the next one', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  let status = 404;
  await using receiver = await startReceiver((_request, response) => void response.writeHead(status).end());
  await addRead(database, NOW);
  await assess(advisor, after(-3000), [critical('a')]);
  await lookAt(after(-2999), database, receiver, onlyCritical);
  await lookAt(after(-1000), database, receiver, onlyCritical);
  status = 200;
  const seen = receiver.requests.length;
  await lookAt(after(-999), database, receiver, onlyCritical);
  assert.deepEqual(
    bodiesOf(receiver)
      .slice(seen)
      .map(({ entries }) => entries[0]?.item_id),
    ['WORKLOAD:a'],
  );
});

test('a source that is late is told once with the reason in our words, and once that it is back', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  await using receiver = await startReceiver();
  const read = async (minutes: number, failing = false) => {
    await addRead(database, after(minutes), failing ? { status: 'failed', error_code: 'sign-in' } : {});
    await assess(advisor, after(minutes), []);
  };
  await read(-6000);
  await read(-5900);
  await lookAt(after(-5899), database, receiver);
  assert.deepEqual(bodiesOf(receiver), []);
  await read(-1000, true);
  await assess(advisor, after(-10), []);
  await lookAt(after(-5), database, receiver);
  await lookAt(NOW, database, receiver);
  const [late, ...more] = bodiesOf(receiver);
  assert.deepEqual(more, []);
  assert.equal(late?.type, 'stale');
  assert.deepEqual(late?.entries[0], {
    kind: 'stale',
    source_id: SOURCE,
    source: SOURCE,
    workers: ['capacity', 'efficiency', 'health', 'rto'],
    last_read_at: after(-5900).toISOString(),
    reason: 'the source refused the credentials',
  });
  await read(5);
  await lookAt(after(6), database, receiver);
  await lookAt(after(7), database, receiver);
  assert.deepEqual(
    bodiesOf(receiver).map(({ type }) => type),
    ['stale', 'recovered'],
  );
});

test('a receiver that never answers holds up neither the process nor its end', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  await using receiver = await startReceiver(() => {});
  await addRead(database, new Date());
  await assess(advisor, new Date(), [critical('a')]);
  const { log } = keptLog();
  const notifier = startNotifier({
    settings: receiver.settings,
    databases: database,
    isConfigured: () => true,
    log,
    clock: () => new Date(),
  });
  while (receiver.requests.length === 0) await sleep(20);
  const { rows } = await database.risk.pool.query('select 1 as one');
  assert.deepEqual(rows, [{ one: 1 }], 'the database is free meanwhile');
  await notifier.stop();
});

test('a message whose answer is on its way when the process ends is not sent again', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  await using receiver = await startReceiver(async (_request, response) => {
    await sleep(200);
    response.writeHead(202).end();
  });
  await addRead(database, NOW);
  await assess(advisor, NOW, [critical('a')]);
  const { log } = keptLog();
  const { settings } = receiver;
  const options = { settings, databases: database, isConfigured: () => true, log, clock: () => after(20) };
  const notifier = startNotifier(options);
  while (receiver.requests.length === 0) await sleep(20);
  await notifier.stop();
  const rows = await database.risk.db.selectFrom('notification_message').select('status').execute();
  assert.deepEqual(rows, [{ status: 'SENT' }]);
});

test('who sends may read risks and runs, and write nothing but what was told', async () => {
  await using database = await createTestDatabase();
  const ask = (statement: string) => database.risk.pool.query(statement);
  await ask('select item_id, name, category from risk_item');
  await ask('select * from run');
  await ask('delete from notification_subject');
  for (const refused of [
    'select * from risk_item',
    'select * from risk_hazard',
    'select evidence from remediation_plan',
    "update risk_item set category = 'LOW'",
    'delete from risk_summary',
    'insert into run select * from run',
    'truncate notification_message',
    'create table mine (a int)',
  ])
    await assert.rejects(ask(refused), { code: '42501' }, refused);
  const reader = await database.as('reader');
  await assert.rejects(reader.risk.pool.query('select * from notification_message'), { code: '42501' });
});
