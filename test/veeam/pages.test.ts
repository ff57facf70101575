import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReading } from '../../src/reading.ts';
import { listJobStates } from '../../src/veeam/jobs.ts';
import { type ListEndpoint, type Page, type ReadOptions, readPages } from '../../src/veeam/pages.ts';
import { listSessions } from '../../src/veeam/sessions.ts';
import { type FakeVeeam, guid, listRoute, type Route, startFakeVeeam } from '../support/fake-veeam.ts';

const SESSIONS = '/api/v1/sessions';
const JOBS = '/api/v1/jobs/states';
const AFTER = { endedAfterFilter: 'endTime', createdAfterFilter: 'creationTime' } as const;
const START = Date.parse('2026-02-01T00:00:00Z');

type Row = { id: string; creationTime: string; endTime: string };

/** `count` sessions, `stepMs` apart. */
function sessions(count: number, stepMs = 60_000, from = 0): Row[] {
  return Array.from({ length: count }, (_unused, index) => {
    const at = new Date(START + index * stepMs).toISOString();
    return { id: guid(from + index), creationTime: at, endTime: at };
  });
}

async function readSessions(veeam: FakeVeeam, since?: Date) {
  const reading = createReading('sessions');
  const ids: string[] = [];
  for await (const page of listSessions(veeam.client(), { by: 'EndTime', since, reading })) {
    ids.push(...page.items.map(({ id }) => id));
  }
  return { ids, reading };
}

const jobs = (count: number) => Array.from({ length: count }, (_unused, index) => ({ id: guid(index) }));

async function readJobs(veeam: FakeVeeam) {
  const reading = createReading('jobs/states');
  const pages = await Array.fromAsync(listJobStates(veeam.client(), reading));
  return { ids: pages.flatMap(({ items }) => items.map(({ id }) => id)), pages, reading };
}

test('each request sets limit and order', async () => {
  await using veeam = await startFakeVeeam({ [JOBS]: listRoute(() => jobs(3)) });
  await readJobs(veeam);
  const query = Object.fromEntries(veeam.sent(JOBS)[0]?.query ?? []);
  assert.deepEqual(query, { skip: '0', limit: '500', orderColumn: 'Name', orderAsc: 'true' });
});

test('a list by time is read to its end without a large skip, each row once', async () => {
  const rows = sessions(2_600);
  await using veeam = await startFakeVeeam({ [SESSIONS]: listRoute(() => rows, AFTER) });
  const { ids, reading } = await readSessions(veeam);
  assert.deepEqual(
    ids,
    rows.map(({ id }) => id),
  );
  assert.deepEqual(
    { ...reading, requests: 0 },
    {
      endpoint: 'sessions',
      requests: 0,
      retries: 0,
      pages: 6,
      rowsFetched: 2_600,
      rowsTotal: 2_600,
      rowsRejected: 0,
      duplicates: 0,
      complete: true,
      durationMs: 0,
    },
  );
  for (const { query } of veeam.sent(SESSIONS)) assert.equal(query.get('skip'), '0');
});

test('rows of one and the same time are read with skip, however many there are', async () => {
  const rows = [
    ...sessions(300),
    ...sessions(1_700, 0, 300).map((row) => ({ ...row, endTime: '2026-02-03T00:00:00Z' })),
  ];
  await using veeam = await startFakeVeeam({ [SESSIONS]: listRoute(() => rows, AFTER) });
  const { ids, reading } = await readSessions(veeam);
  assert.equal(new Set(ids).size, 2_000);
  assert.equal(ids.length, 2_000);
  assert.equal(reading.complete, true);
  assert.equal(reading.duplicates, 0);
});

test('rows closer together than the overlap are all read', async () => {
  for (const stepMs of [1, 2, 3, 5]) {
    const rows = sessions(2_300, stepMs);
    await using veeam = await startFakeVeeam({ [SESSIONS]: listRoute(() => rows, AFTER) });
    const { ids, reading } = await readSessions(veeam);
    assert.equal(ids.length, 2_300);
    assert.equal(new Set(ids).size, 2_300);
    assert.deepEqual([reading.complete, reading.rowsTotal, reading.duplicates], [true, 2_300, 0]);
  }
});

test('only rows since a time are asked for', async () => {
  const rows = sessions(100);
  await using veeam = await startFakeVeeam({ [SESSIONS]: listRoute(() => rows, AFTER) });
  const { ids } = await readSessions(veeam, new Date(START + 90 * 60_000));
  assert.deepEqual(
    ids,
    rows.slice(90).map(({ id }) => id),
  );
  assert.equal(veeam.sent(SESSIONS)[0]?.query.get('endedAfterFilter'), '2026-02-01T01:30:00.000Z');
});

test('rows that vanish at the head while paging make none of the others go missing', async () => {
  for (const path of [SESSIONS, JOBS]) {
    let rows = sessions(2_000);
    const serve = listRoute(() => rows, AFTER);
    await using veeam = await startFakeVeeam({
      [path]: (request, response) => {
        const page = serve(request, response);
        rows = rows.slice(37);
        return page;
      },
    });
    const { ids, reading } = path === JOBS ? await readJobs(veeam) : await readSessions(veeam);
    for (const { id } of rows) assert.ok(ids.includes(id), `${id} is missing`);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(reading.complete, true);
  }
});

test('rows that are added while paging come along', async () => {
  const rows = sessions(900);
  const serve = listRoute(() => rows, AFTER);
  let added = false;
  await using veeam = await startFakeVeeam({
    [SESSIONS]: (request, response) => {
      const page = serve(request, response);
      if (!added) rows.push(...sessions(1_500).slice(900));
      added = true;
      return page;
    },
  });
  const { ids, reading } = await readSessions(veeam);
  assert.equal(new Set(ids).size, 1_500);
  assert.deepEqual([reading.complete, reading.rowsTotal], [true, 1_500]);
});

test('a row that is on two pages comes once and is counted', async () => {
  const rows = jobs(700);
  rows.splice(600, 0, { id: guid(10) });
  await using veeam = await startFakeVeeam({ [JOBS]: listRoute(() => rows) });
  const { ids, reading } = await readJobs(veeam);
  assert.equal(ids.length, 700);
  assert.deepEqual([reading.duplicates, reading.complete], [1, true]);
});

test('a server that ignores skip does not keep us for ever, and the reading says what is missing', async () => {
  await using veeam = await startFakeVeeam({
    [JOBS]: () => ({ data: jobs(500), pagination: { total: 1_200, count: 500 } }),
  });
  const { ids, reading } = await readJobs(veeam);
  assert.equal(ids.length, 500);
  assert.equal(veeam.sent(JOBS).length, 2);
  assert.deepEqual([reading.complete, reading.rowsFetched, reading.rowsTotal], [false, 500, 1_200]);
  assert.match(reading.reason ?? '', /without any new row/);
});

test('a server that ignores the time filter is read by skip instead', async () => {
  const rows = sessions(1_800);
  await using veeam = await startFakeVeeam({ [SESSIONS]: listRoute(() => rows) });
  const { ids, reading } = await readSessions(veeam);
  assert.equal(new Set(ids).size, 1_800);
  assert.equal(reading.complete, true);
});

test('a server that ignores the order (newest first) is read by skip instead', async () => {
  const rows = sessions(1_800).toReversed();
  await using veeam = await startFakeVeeam({ [SESSIONS]: listRoute(() => rows, AFTER) });
  const { ids, reading } = await readSessions(veeam);
  assert.equal(new Set(ids).size, 1_800);
  assert.equal(reading.complete, true);
});

test('a server that gives fewer rows than asked for is read to the end', async () => {
  const rows = sessions(1_000);
  const serve = listRoute(() => rows, AFTER);
  const capped: Route = (request, response) => {
    request.query.set('limit', String(Math.min(90, Number(request.query.get('limit')))));
    return serve(request, response);
  };
  await using veeam = await startFakeVeeam({ [SESSIONS]: capped, [JOBS]: capped });
  for (const { ids, reading } of [await readSessions(veeam), await readJobs(veeam)]) {
    assert.equal(new Set(ids).size, 1_000);
    assert.equal(reading.complete, true);
  }
});

test('an empty page before the stated end is incomplete', async () => {
  const rows = jobs(500);
  await using veeam = await startFakeVeeam({
    [JOBS]: ({ query }) => ({ data: query.get('skip') === '0' ? rows : [], pagination: { total: 900 } }),
  });
  const { reading } = await readJobs(veeam);
  assert.deepEqual([reading.complete, reading.rowsFetched, reading.rowsTotal], [false, 500, 900]);
  assert.match(reading.reason ?? '', /empty page at \d+ of 900/);
});

test('without a total the list ends with an empty page', async () => {
  const rows = jobs(700);
  await using veeam = await startFakeVeeam({
    [JOBS]: ({ query }) => {
      const skip = Number(query.get('skip'));
      return { data: rows.slice(skip, skip + 500) };
    },
  });
  const { ids, reading } = await readJobs(veeam);
  assert.equal(ids.length, 700);
  assert.deepEqual([reading.complete, reading.rowsTotal, reading.pages], [true, 700, 3]);
});

test('the cap on pages is recorded', async () => {
  await using veeam = await startFakeVeeam({ [JOBS]: listRoute(() => jobs(2_000)) });
  const client = veeam.client();
  const reading = createReading('jobs/states');
  const { jobStateSchema } = await import('../../src/veeam/jobs.ts');
  const list = { path: JOBS, row: jobStateSchema, orderColumn: 'Name' };
  await Array.fromAsync(readPages(client, list, { reading, maxPages: 2 }));
  assert.equal(reading.complete, false);
  assert.match(reading.reason ?? '', /2 pages/);
});

test('one bad row is counted and left out, with its page going on', async () => {
  const rows = [
    { id: guid(1) },
    { id: guid(2), name: 7 },
    { name: 'without id' },
    null,
    { id: guid(3), name: null },
  ];
  await using veeam = await startFakeVeeam({ [JOBS]: listRoute(() => rows as Record<string, unknown>[]) });
  const { ids, pages, reading } = await readJobs(veeam);
  assert.deepEqual(ids, [guid(1), guid(3)]);
  assert.equal(pages[0]?.rejected, 3);
  assert.deepEqual([reading.rowsFetched, reading.rowsRejected, reading.rowsTotal], [2, 3, 5]);
});

test('a reading that breaks off stays incomplete and keeps what was counted', async () => {
  let calls = 0;
  const serve = listRoute(() => jobs(900));
  await using veeam = await startFakeVeeam({
    [JOBS]: (request, response) => {
      calls += 1;
      if (calls > 1) response.destroy();
      return calls > 1 ? undefined : serve(request, response);
    },
  });
  const reading = createReading('jobs/states');
  await assert.rejects(Array.fromAsync(listJobStates(veeam.client(), reading)));
  assert.deepEqual([reading.complete, reading.rowsFetched, reading.rowsTotal], [false, 500, 900]);
  assert.deepEqual([reading.requests, reading.retries], [6, 4]);
});

test('each page says up to which time the list has been read', async () => {
  const rows = sessions(600);
  await using veeam = await startFakeVeeam({ [SESSIONS]: listRoute(() => rows, AFTER) });
  const pages = await Array.fromAsync(listSessions(veeam.client(), { by: 'EndTime' }));
  assert.deepEqual(
    pages.map(({ readUntil }) => readUntil?.toISOString()),
    [rows[499]?.endTime, rows[599]?.endTime],
  );
});

test('rows without the time (running sessions) at the head come once and do not stop the reading', async () => {
  const running = sessions(20, 0, 5_000).map(({ id, creationTime }) => ({
    id,
    creationTime,
    endTime: undefined,
  }));
  const ended = sessions(1_300);
  const serve: Route = ({ query }, _response) => {
    const bound = Date.parse(query.get('endedAfterFilter') ?? '1970-01-01');
    const rows = [...running, ...ended.filter(({ endTime }) => Date.parse(endTime) >= bound)];
    const skip = Number(query.get('skip'));
    return { data: rows.slice(skip, skip + 500), pagination: { total: rows.length } };
  };
  await using veeam = await startFakeVeeam({ [SESSIONS]: serve });
  const { ids, reading } = await readSessions(veeam);
  assert.equal(ids.length, 1_320);
  assert.deepEqual([reading.complete, reading.rowsTotal, reading.duplicates], [true, 1_320, 0]);
});

test('naive times are paged over the hour that comes twice', async () => {
  // From 00:00 UTC on 2026-10-25 in Paris (UTC+2, from 01:00 UTC on UTC+1): 02:00 to 03:00 comes twice.
  const from = Date.parse('2026-10-25T00:00:00Z');
  const rows = Array.from({ length: 3_000 }, (_unused, index) => {
    const at = from + index * 3_000;
    const local = at + (at < Date.parse('2026-10-25T01:00:00Z') ? 2 : 1) * 3_600_000;
    return { id: guid(index), at, creationTime: new Date(local).toISOString().slice(0, 23) };
  });
  await using veeam = await startFakeVeeam({
    '/api/v1/points': ({ query }) => {
      const bound = Date.parse(query.get('createdAfterFilter') ?? '1970-01-01');
      const matching = rows.filter(({ at }) => at >= bound);
      const skip = Number(query.get('skip'));
      return { data: matching.slice(skip, skip + 500), pagination: { total: matching.length } };
    },
  });
  const { restorePointSchema } = await import('../../src/veeam/restore-points.ts');
  const list: ListEndpoint<{ id: string; creationTime?: string | undefined }> = {
    path: '/api/v1/points',
    row: restorePointSchema,
    orderColumn: 'CreationTime',
    byTime: { afterFilter: 'createdAfterFilter', time: (row) => row.creationTime },
  };
  const options: ReadOptions = { reading: createReading('points') };
  const pages: Page<{ id: string }>[] = await Array.fromAsync(readPages(veeam.client(), list, options));
  const ids = pages.flatMap(({ items }) => items.map(({ id }) => id));
  assert.equal(new Set(ids).size, 3_000);
  assert.equal(options.reading?.complete, true);
});
