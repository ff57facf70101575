import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createReading } from '../../src/reading.ts';
import { readPages } from '../../src/veeam/pages.ts';
import { sessionSchema, type VeeamSession } from '../../src/veeam/sessions.ts';
import { guid, listRoute, startFakeVeeam } from '../support/fake-veeam.ts';

const LIST = {
  path: '/api/v1/sessions',
  row: sessionSchema,
  orderColumn: 'CreationTime',
  byTime: { afterFilter: 'createdAfterFilter', time: (row: VeeamSession) => row.creationTime },
};

test('whatever the gaps between rows, the size of pages and the head that vanishes: each row that stays comes once', async () => {
  let rows: { id: string; creationTime: string }[] = [];
  let vanishing = 0;
  const serve = listRoute(() => rows, { createdAfterFilter: 'creationTime' });
  await using veeam = await startFakeVeeam({
    [LIST.path]: (request, response) => {
      const page = serve(request, response);
      rows = rows.slice(vanishing);
      return page;
    },
  });
  const client = veeam.client();
  const gaps = fc.array(fc.constantFrom(0, 1, 400, 999, 1_000, 1_001, 60_000), { maxLength: 60 });
  const cases = fc.record({
    gaps,
    limit: fc.integer({ min: 2, max: 20 }),
    vanish: fc.constantFrom(0, 0, 1, 2),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ gaps: steps, limit, vanish }) => {
      let at = Date.parse('2026-02-01T00:00:00Z');
      rows = steps.map((gap, index) => {
        at += gap;
        return { id: guid(index), creationTime: new Date(at).toISOString() };
      });
      vanishing = vanish;
      const total = rows.length;
      const reading = createReading('sessions');
      const pages = await Array.fromAsync(readPages(client, LIST, { limit, reading }));
      const ids = pages.flatMap(({ items }) => items.map(({ id }) => id));
      assert.equal(new Set(ids).size, ids.length);
      for (const { id } of rows) assert.ok(ids.includes(id));
      if (vanish > 0) return;
      assert.deepEqual(
        [ids.length, reading.complete, reading.rowsTotal, reading.duplicates],
        [total, true, total, 0],
      );
    }),
    { numRuns: 150 },
  );
});
