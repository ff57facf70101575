import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBusinessContext } from '../../src/business/load.ts';
import { RETENTION, type RetentionName } from '../../src/business/retention.ts';

const read = (text: string) => parseBusinessContext(text, 'dr365.toml').retention;

test('retention has defaults, and the file changes single ones', () => {
  const defaults = Object.fromEntries(
    Object.keys(RETENTION).map((name) => [name, RETENTION[name as RetentionName].days]),
  );
  assert.deepEqual(read(''), defaults);
  assert.deepEqual(read('[retention]\nsessions_days = 800\n'), { ...defaults, sessions: 800 });
});

test('a retention that is shorter than what a method looks back is refused with line, least value and reason', () => {
  assert.throws(() => read('# ours\n[retention]\nsessions_days = 30\n'), {
    name: 'ConfigError',
    message:
      'dr365.toml, line 3: retention.sessions_days = 30 is wrong: it has to be a whole number from 100 to 36500 (days): ' +
      'reliability, incidents and restores look back 90 days',
  });
  for (const [name, { least }] of Object.entries(RETENTION)) {
    assert.throws(() => read(`[retention]\n${name}_days = ${least - 1}\n`), { name: 'ConfigError' });
    assert.throws(() => read(`[retention]\n${name}_days = ${least}.5\n`), { name: 'ConfigError' });
  }
});

test('parts that would outlive their whole, and names that are none, are refused', () => {
  assert.throws(() => read('[retention]\nevery_run_days = 500\n'), {
    message:
      'dr365.toml, line 2: retention.every_run_days is wrong: every_run_days (500) cannot be longer than daily_capacity_days ' +
      '(400), as one run a day is kept between them',
  });
  assert.throws(() => read('[retention]\nsession_days = 500\n'), {
    message:
      'dr365.toml, line 2: retention.session_days is not known: there are ' +
      Object.keys(RETENTION)
        .map((name) => `${name}_days`)
        .join(', '),
  });
});
