import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileGlob, normalize, patternProblem } from '../../src/business/glob.ts';

const hits = (pattern: string, names: string[]) => {
  const matches = compileGlob(pattern);
  return names.filter((name) => matches(normalize(name)));
};

test('a word matches only as a whole word, whatever stands beside it', () => {
  const names = [
    'ERP',
    'erp-db01',
    'SQL_ERP',
    'erp.example.com',
    'ERP01',
    'Backup of ERP (daily)',
    'enterprise',
    'ERPX',
    'xerp',
  ];
  assert.deepEqual(hits('ERP', names), names.slice(0, 6));
  assert.deepEqual(hits('Temp', ['template', 'Temp', 'TEMP-1', 'attempt', 'my temp vm']), [
    'Temp',
    'TEMP-1',
    'my temp vm',
  ]);
  assert.deepEqual(hits('DC1', ['DC1', 'DC10', 'adc1', 'site-dc1']), ['DC1', 'site-dc1']);
  assert.deepEqual(hits('Büro', ['BÜRO-01', 'Bürohaus', 'Großbüro', 'bu\u0308ro']), [
    'BÜRO-01',
    'bu\u0308ro',
  ]);
});

test('a star matches anything and lifts the bound at its end', () => {
  assert.deepEqual(hits('*erp*', ['enterprise', 'ERP', 'epr']), ['enterprise', 'ERP']);
  assert.deepEqual(hits('ERP*', ['ERPX', 'my-erpx', 'xerp']), ['ERPX', 'my-erpx']);
  assert.deepEqual(hits('*-prod', ['SQL-PROD', 'sql-production', 'x-prod-2']), ['SQL-PROD', 'x-prod-2']);
  assert.deepEqual(
    hits('sql*prod', ['SQL-X-PROD', 'sqlprod', 'SQL-PRODUCT', 'mysql-prod', 'sql product prod']),
    ['SQL-X-PROD', 'sqlprod', 'sql product prod'],
  );
  assert.deepEqual(hits('*', ['anything', '']), ['anything', '']);
});

test('a question mark matches one character', () => {
  assert.deepEqual(hits('dc0?', ['DC01', 'dc0', 'dc001', 'xdc01']), ['DC01']);
  assert.deepEqual(hits('a?c', ['abc', 'ac', 'a-c', 'xabc', 'abcd']), ['abc', 'a-c']);
});

test('characters with a meaning in regular expressions stand for themselves', () => {
  assert.deepEqual(hits('a.c', ['a.c', 'abc']), ['a.c']);
  assert.deepEqual(hits('sql+', ['sql+', 'sqlll']), ['sql+']);
  assert.deepEqual(hits('(old)', ['vm (old)', 'vm old']), ['vm (old)']);
});

test('regular expressions are refused, as they would never match', () => {
  for (const pattern of [
    '^ERP',
    'ERP$',
    'ERP|SAP',
    '\\bERP\\b',
    '[Ee]rp',
    '/erp/',
    'erp{2}',
    '(?:erp)',
    '(a+)+$',
    '',
  ])
    assert.match(String(patternProblem(pattern)), /regular expression|empty/, pattern);
  for (const pattern of ['ERP', 'web.*', 'vm (old)', 'C$-share', 'a+b', 'über*', '*'])
    assert.equal(patternProblem(pattern), null, pattern);
});

/** The same meaning by another way: a regular expression, for short names. */
function oracle(pattern: string, name: string): boolean {
  const body = pattern
    .replace(/[.+()-]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  const bound = '(?:^|$|(?<=[^a-z0-9])|(?=[^a-z0-9])|(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z]))';
  const start = pattern.startsWith('*') ? '' : bound;
  const end = pattern.endsWith('*') ? '' : bound;
  return new RegExp(`${start}${body}${end}`, 's').test(name);
}

test('any pattern matches what the equal regular expression matches', () => {
  const letters = fc.constantFrom('a', 'b', '1', '-', '.');
  const pattern = fc.string({
    unit: fc.oneof(letters, fc.constantFrom('*', '?')),
    minLength: 1,
    maxLength: 8,
  });
  const name = fc.string({ unit: letters, maxLength: 12 });
  fc.assert(
    fc.property(pattern, name, (one, other) => {
      assert.equal(compileGlob(one)(other), oracle(one, other), `${one} on ${other}`);
    }),
    { numRuns: 5_000 },
  );
});

test('a pattern that would take a backtracking matcher for ever ends', () => {
  const name = 'a'.repeat(20_000);
  assert.equal(compileGlob(`${'a*'.repeat(200)}b`)(name), false);
  assert.equal(compileGlob(`${'*a?'.repeat(50)}b`)(name), false);
});
