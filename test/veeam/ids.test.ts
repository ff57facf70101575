import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toId } from '../../src/veeam/ids.ts';

test('ids are lower-case and without braces', () => {
  assert.equal(toId('{88788F9E-D8F5-4EB4-BC4F-9B3F5403BCEC}'), '88788f9e-d8f5-4eb4-bc4f-9b3f5403bcec');
  assert.equal(toId(' 88788f9e-d8f5-4eb4-bc4f-9b3f5403bcec '), '88788f9e-d8f5-4eb4-bc4f-9b3f5403bcec');
});

test('no id and the zero id are null', () => {
  for (const none of [
    null,
    undefined,
    '',
    '  ',
    '{}',
    '00000000-0000-0000-0000-000000000000',
    '{00000000-0000-0000-0000-000000000000}',
  ]) {
    assert.equal(toId(none), null);
  }
});

test('an id that is no GUID keeps its case', () => {
  assert.equal(toId('vm-1042/Prod'), 'vm-1042/Prod');
});
