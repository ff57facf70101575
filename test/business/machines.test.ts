import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadBusinessContext, parseBusinessContext } from '../../src/business/load.ts';
import { ConfigError } from '../../src/errors.ts';

const parse = (text: string) => parseBusinessContext(text, 'dr365.toml');

function refusal(text: string): string {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
  assert.fail(`accepted: ${text}`);
}

test('machines are lists of two names or more, and nobody has to say any', () => {
  assert.deepEqual(loadBusinessContext(undefined).machines, { same: [], different: [] });
  assert.deepEqual(parse('[machines]\nsame = [["erp-01", "vm-9001"], ["a", "b", "c"]]').machines, {
    same: [
      ['erp-01', 'vm-9001'],
      ['a', 'b', 'c'],
    ],
    different: [],
  });
});

test('what is wrong with machines is said with line, key and remedy', () => {
  const cases: [string, number, ...string[]][] = [
    ['[machines]\nsame = ["erp-01"]', 2, 'machines.same', 'list of lists', '[["erp-01", "vm-9001"]]'],
    ['[machines]\ndifferent = [\n  ["web-1"],\n]', 2, 'machines.different', 'two machines or more'],
    ['[machines]\nsame = [["erp-01", ""]]', 2, 'it is empty: remove it'],
    ['[machines]\nsame = [["erp-01", 7]]', 2, 'it has to be a text in quotes'],
    ['[machines]\nequal = [["a", "b"]]', 2, 'machines.equal is not known', 'same, different'],
    ['[machines]\nsame = [["web-1", "WEB-1"]]', 2, 'twice in one list', 'vbr01/WEB-1'],
    [
      '[machines]\nsame = [["a", "b"]]\ndifferent = [\n  ["c", "d"],\n  ["B", "a"],\n]',
      5,
      'machines.different names "B" and "a", which machines.same says are one',
    ],
  ];
  for (const [text, line, ...parts] of cases) {
    const message = refusal(text);
    assert.ok(message.startsWith(`dr365.toml, line ${line}: `), message);
    for (const part of parts) assert.ok(message.includes(part), `${message}\nlacks ${part}`);
  }
});

test('what machines the file names is part of its fingerprint', () => {
  const of = (text: string) => parse(text).fingerprint;
  assert.notEqual(of('[machines]\nsame = [["a", "b"]]'), of('[machines]\ndifferent = [["a", "b"]]'));
});
