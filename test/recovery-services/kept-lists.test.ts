import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeptLists } from '../../src/recovery-services/kept-lists.ts';

const META = { vault_id: null, api_version: null, request_id: null, fetched_at: '', warnings: [] };
const question = (n: number, cursor: string | undefined = 'c') => ({
  page: { tool: 'list', filters: { n } },
  cursor,
  moment: new Date(0),
});
const rows = (count: number) => ({ all: Array.from({ length: count }, (_, n) => n) });

test('a kept list is of its own question, for ten minutes, and never for a first page', () => {
  let now = 0;
  const lists = createKeptLists(() => now);
  lists.keep(question(1), rows(3), META);
  assert.equal(lists.find(question(1))?.list.all.length, 3);
  assert.equal(lists.find(question(2)), undefined);
  assert.equal(lists.find({ ...question(1), moment: new Date(1) }), undefined);
  assert.equal(lists.find({ ...question(1), cursor: undefined }), undefined);
  now = 10 * 60_000 + 1;
  assert.equal(lists.find(question(1)), undefined);
});

test('few lists are kept, and no huge one', () => {
  const lists = createKeptLists(() => 0);
  for (let n = 1; n <= 10; n += 1) lists.keep(question(n), rows(1), META);
  assert.equal(lists.find(question(2)), undefined);
  assert.ok(lists.find(question(3)));
  lists.keep(question(11), rows(29_999), META);
  assert.ok(lists.find(question(11)));
  assert.equal(lists.find(question(9)), undefined);
  lists.keep(question(12), rows(30_001), META);
  assert.equal(lists.find(question(12)), undefined);
});
