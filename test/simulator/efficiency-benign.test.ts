import assert from 'node:assert/strict';
import { test } from 'node:test';
import { weekdayOf } from '../../src/simulator/zone.ts';
import { bytesOf, factorOf, filesIn, median, truthOf, worldOf } from './efficiency-truth.ts';

test('files of a job that moved lie in the other repository from then on', () => {
  const world = worldOf('efficiency-migration');
  const at = Date.parse(truthOf(world).benign[0]?.since ?? '');
  const where = (when: number) => [
    ...new Set(filesIn(world, 'Migrated servers', when).map((one) => one.repository)),
  ];
  const names = [at - 1, at].map((when) =>
    where(when).map((index) => world.estate.repositories[index]?.name),
  );
  assert.deepEqual(names, [['Efficiency old'], ['Efficiency new']]);
});

test('a new full begins a chain after many increments', () => {
  const world = worldOf('efficiency-new-full');
  for (const own of Map.groupBy(filesIn(world, 'New full servers'), ({ place }) => place.index).values()) {
    const fulls = own.flatMap(({ kind }, i) => (kind === 'FULL' ? [i] : []));
    assert.deepEqual([fulls.length, fulls[0], own.length - (fulls[1] ?? 0)], [2, 0, 10]);
  }
});

test('on a patch day all machines change much, and their data shrink as ever', () => {
  const world = worldOf('efficiency-patch-day');
  const [benign] = truthOf(world).benign;
  const [from, to] = [Date.parse(benign?.since ?? ''), Date.parse(benign?.until ?? '')];
  assert.deepEqual(benign?.mayBeReportedAs, ['FLEET_SURGE']);
  const files = ['web', 'office', 'databases'].flatMap((what) => filesIn(world, `Patched ${what}`));
  for (const own of Map.groupBy(files, ({ place }) => place.index).values()) {
    const increments = own.filter(({ kind }) => kind === 'INCREMENT');
    const [patched, ...more] = increments.filter(({ created }) => created >= from && created < to);
    assert.ok(patched && more.length === 0);
    assert.ok(bytesOf(patched) > 1.5 * median(increments.map(bytesOf)));
    assert.ok(Math.abs(factorOf(patched) / median(increments.map(factorOf)) - 1) < 0.12);
  }
});

test('the last day of a month is larger than others of its kind of day, each month', () => {
  const world = worldOf('efficiency-month-end');
  const files = filesIn(world, 'Ledger servers').filter(({ kind }) => kind === 'INCREMENT');
  const dayOf = (at: number) => world.zone.dayOf(at);
  for (const last of ['2025-12-31', '2026-01-31', '2026-02-28']) {
    const day = Date.parse(last) / 86_400_000;
    const alike = files.filter(({ created }) => weekdayOf(dayOf(created)) === weekdayOf(day));
    const own = alike.filter(({ created }) => dayOf(created) === day);
    assert.equal(own.length, 4, last);
    assert.ok(median(own.map(bytesOf)) > 1.4 * median(alike.map(bytesOf)), last);
  }
});
