import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Contents, differences } from './contents.ts';
import { isPassed, reportOf } from './report.ts';
import type { Outcome, SequenceResult } from './sequence.ts';

const contents = (rows: string[], others: string[] = ['x']): Contents =>
  new Map([
    ['metrics.session', rows],
    ['metrics.job', others],
  ]);

test('one row that is changed, too many, missing or there twice is a difference, and the order of rows is none', () => {
  const wanted = contents(['a', 'b', 'b']);
  assert.deepEqual(differences(contents(['b', 'a', 'b']), wanted), []);
  const first = (found: Contents) => differences(found, wanted).map((line) => line.split('\n')[0]);
  assert.deepEqual(first(contents(['a', 'b', 'c'])), ['metrics.session: 1 rows too many, 1 missing']);
  assert.deepEqual(first(contents(['a', 'b'])), ['metrics.session: 0 rows too many, 1 missing']);
  assert.deepEqual(first(contents(['a', 'a', 'b', 'b'])), ['metrics.session: 1 rows too many, 0 missing']);
  assert.deepEqual(first(new Map([['metrics.session', ['a', 'b', 'b']]])), [
    'metrics.job: 0 rows too many, 1 missing',
  ]);
  assert.deepEqual(first(contents([])).length, 1, 'an empty table is not equal to one with rows');
});

const outcome = (kind: string): Outcome => ({ kind, unit: 'health veeam in slot 0', what: 'x', record: 'x' });
const sequence = (kinds: string[], problems: string[] = []): SequenceResult => ({
  seed: 1,
  outcomes: kinds.map(outcome),
  problems,
});

test('nothing done, a difference, and a kind that never struck among many are no success', () => {
  const twenty = Array.from({ length: 20 }, () => '429');
  assert.equal(isPassed([sequence(twenty)], ['429']), true);
  assert.equal(isPassed([], ['429']), false);
  assert.equal(isPassed([sequence(['429'], ['differs'])], ['429']), false);
  assert.equal(isPassed([sequence(['429'])], ['429', 'kill -9']), true, 'too few to tell');
  assert.equal(isPassed([sequence(twenty)], ['429', 'kill -9']), false);
  assert.match(reportOf([sequence(twenty)], ['429', 'kill -9']), /NEVER STRUCK: kill -9/);
});

test('options that ask for nothing are refused', () => {
  for (const wrong of ['--lanes=0', '--faults=many', '--faults=0', '--seed=-1']) {
    const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), wrong], {
      encoding: 'utf8',
    });
    assert.equal(status, 2, `${wrong}: ${stderr}`);
    assert.match(stderr, /is a whole number/);
  }
});
