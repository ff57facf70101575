import assert from 'node:assert/strict';
import { test } from 'node:test';
import { journalEntries, noteRequest, noteTrouble, withJournal } from '../src/journal.ts';

test('a journal counts what went wrong, by where and what, and knows the slowest answer', async () => {
  const entries = await withJournal(async () => {
    noteRequest('/sessions', 12.4);
    noteRequest('/jobs', 80.6);
    noteRequest('/sessions', 3);
    noteTrouble('/sessions', '503');
    noteTrouble('/sessions', '503');
    noteTrouble('database', '40001');
    return journalEntries();
  });
  assert.deepEqual(entries, {
    requests: 3,
    slowest: { endpoint: '/jobs', ms: 81 },
    trouble: [
      { where: '/sessions', what: '503', times: 2 },
      { where: 'database', what: '40001', times: 1 },
    ],
  });
});

test('two journals that are kept at once do not know of each other, and an inner one begins with the trouble before it', async () => {
  const [first, second] = await withJournal(async () => {
    noteTrouble('vaults', '429');
    return Promise.all(
      ['500', '502'].map((what) =>
        withJournal(async () => {
          await new Promise((done) => setImmediate(done));
          noteTrouble('jobs', what);
          return journalEntries().trouble;
        }),
      ),
    );
  });
  const listing = { where: 'vaults', what: '429', times: 1 };
  assert.deepEqual(first, [listing, { where: 'jobs', what: '500', times: 1 }]);
  assert.deepEqual(second, [listing, { where: 'jobs', what: '502', times: 1 }]);
});

test('a journal stays short, and without one nothing is noted', async () => {
  const { trouble } = await withJournal(async () => {
    for (let i = 0; i < 200; i += 1) noteTrouble(`/endpoint/${i}`, '500');
    return journalEntries();
  });
  assert.equal(trouble.length, 51);
  assert.deepEqual(trouble.at(-1), { where: 'elsewhere', what: 'more of it', times: 150 });
  noteTrouble('/jobs', '500');
  assert.deepEqual(journalEntries(), { requests: 0, slowest: null, trouble: [] });
});
