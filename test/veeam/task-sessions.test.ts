import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReading } from '../../src/reading.ts';
import { listSessions } from '../../src/veeam/sessions.ts';
import { listTaskSessions, listTaskSessionsOf } from '../../src/veeam/task-sessions.ts';
import { DONE, guid, problem, type Route, startFakeVeeam } from '../support/fake-veeam.ts';
import { errorOf } from '../support/http-server.ts';

const TASKS = '/api/v1/taskSessions';
const at = '2026-02-01T00:00:00Z';
const task = (number: number, sessionType: string) => ({
  id: guid(number),
  sessionType,
  creationTime: at,
  endTime: at,
});

/** As real servers do up to rev1: one row that the revision cannot express spoils the whole list. */
const spoiledBy =
  (bad: string, rows: { id: string; sessionType: string }[]): Route =>
  ({ query }, response) => {
    const wanted = query.get('sessionTypeFilter');
    const matching = rows.filter((row) => !wanted || row.sessionType === wanted);
    if (matching.some(({ sessionType }) => sessionType === bad)) {
      return problem(response, 500, 'UnknownError', `Requested value '${bad}' was not found.`);
    }
    return { data: matching, pagination: { total: matching.length } };
  };

test('a list that answers 500 is read type by type, and what is missing is named', async () => {
  const rows = [task(1, 'BackupJob'), task(2, 'AgentBackup'), task(3, 'ReplicaJob')];
  await using veeam = await startFakeVeeam({ [TASKS]: spoiledBy('AgentBackup', rows) });
  const reading = createReading('taskSessions');
  const pages = await Array.fromAsync(listTaskSessions(veeam.client(), { by: 'EndTime', reading }));
  assert.deepEqual(pages.flatMap(({ items }) => items.map(({ id }) => id)).toSorted(), [guid(1), guid(3)]);
  assert.equal(reading.complete, false);
  assert.equal(reading.reason, 'not read: sessionTypeFilter=AgentBackup answered 500');
  assert.deepEqual([reading.rowsFetched, reading.rowsTotal], [2, 2]);
  const asked = veeam.sent(TASKS).map(({ query }) => query.get('sessionTypeFilter'));
  assert.ok(asked.includes('BackupJob'));
  assert.ok(!asked.includes('IrisBackup'), 'rev1 does not know this type, and would answer 400');
});

test('a list that cannot be read in any part is an error, not an empty list', async () => {
  await using veeam = await startFakeVeeam({
    [TASKS]: (_request, response) => problem(response, 500, 'UnknownError', 'always'),
  });
  const reading = createReading('taskSessions');
  const error = await errorOf(Array.fromAsync(listTaskSessions(veeam.client(), { by: 'EndTime', reading })));
  assert.equal(error.code, 'server-error');
  assert.equal(reading.complete, false);
});

test('a 403 is not taken for a spoiled list', async () => {
  await using veeam = await startFakeVeeam({
    [TASKS]: (_request, response) => problem(response, 403, 'AccessDenied', 'no'),
  });
  const error = await errorOf(Array.fromAsync(listTaskSessions(veeam.client(), { by: 'EndTime' })));
  assert.equal(error.code, 'forbidden');
  assert.equal(veeam.sent(TASKS).length, 1);
});

test('the task sessions of one session come in pages since rev1, and at once before', async () => {
  const path = `/api/v1/sessions/${guid(9)}/taskSessions`;
  for (const [revision, keys] of [
    ['1.3-rev1', ['limit', 'orderAsc', 'orderColumn', 'skip']],
    ['1.3-rev0', []],
  ] as const) {
    await using veeam = await startFakeVeeam({ [path]: () => ({ data: [task(1, 'BackupJob')] }) });
    const client = veeam.client({}, { apiVersion: revision });
    const reading = createReading('taskSessions');
    const pages = await Array.fromAsync(listTaskSessionsOf(client, guid(9), reading));
    assert.equal(pages[0]?.items[0]?.id, guid(1));
    assert.equal(reading.complete, true);
    assert.deepEqual([...(veeam.sent(path)[0]?.query.keys() ?? [])].toSorted(), keys);
  }
});

test('sessions are asked for by the types that the revision knows', async () => {
  const asked: string[][] = [];
  const route: Route = ({ query }) => {
    asked.push(query.getAll('typeFilter'));
    return { data: [], pagination: { total: 0 } };
  };
  await using veeam = await startFakeVeeam({ '/api/v1/sessions': route });
  const types = ['BackupJob', 'BackupCopyJob', 'AgentBackup', 'IrisBackup'];
  const read = async (apiVersion: string, only = types) => {
    asked.length = 0;
    const reading = createReading('sessions');
    await Array.fromAsync(
      listSessions(veeam.client({}, { apiVersion }), { by: 'EndTime', types: only, reading }),
    );
    assert.equal(reading.complete, true);
    return [...asked];
  };
  assert.deepEqual(await read('1.3-rev2'), [types]);
  assert.deepEqual(await read('1.3-rev1'), [['BackupJob', 'BackupCopyJob', 'AgentBackup']]);
  assert.deepEqual(await read('1.3-rev0'), [['BackupJob', 'AgentBackup']]);
  assert.deepEqual(await read('1.2-rev1', ['BackupJob', 'ReplicaJob']), [['BackupJob'], ['ReplicaJob']]);
  assert.deepEqual(await read('1.3-rev0', ['IrisBackup']), []);
});

test('a session list that answers 500 leaves out the type that spoils it', async () => {
  const route: Route = ({ query }, response) => {
    if (query.getAll('typeFilter').includes('AgentBackup'))
      return problem(response, 500, 'UnknownError', 'x');
    return { data: [{ id: guid(1), sessionType: 'BackupJob', endTime: at }], pagination: { total: 1 } };
  };
  await using veeam = await startFakeVeeam({ '/api/v1/sessions': route });
  const reading = createReading('sessions');
  const pages = await Array.fromAsync(
    listSessions(veeam.client(), { by: 'EndTime', types: ['BackupJob', 'AgentBackup'], reading }),
  );
  assert.equal(pages.length, 1);
  assert.match(reading.reason ?? '', /typeFilter=AgentBackup answered 500/);
});

test('a spoiled row in the middle of a long list costs none of the rows before it', async () => {
  const rows = Array.from({ length: 1_200 }, (_unused, index) => ({
    id: guid(index),
    sessionType: index === 1_100 ? 'AgentBackup' : 'BackupJob',
    endTime: new Date(Date.parse(at) + index * 60_000).toISOString(),
  }));
  await using veeam = await startFakeVeeam({
    [TASKS]: ({ query }, response) => {
      const bound = Date.parse(query.get('endedAfterFilter') ?? '1970-01-01');
      const wanted = query.get('sessionTypeFilter');
      const matching = rows.filter(
        (row) => Date.parse(row.endTime) >= bound && (!wanted || row.sessionType === wanted),
      );
      const page = matching.slice(Number(query.get('skip')), Number(query.get('skip')) + 500);
      if (page.some(({ sessionType }) => sessionType === 'AgentBackup')) {
        response.writeHead(500);
        response.end();
        return DONE;
      }
      return { data: page, pagination: { total: matching.length } };
    },
  });
  const reading = createReading('taskSessions');
  const pages = await Array.fromAsync(listTaskSessions(veeam.client(), { by: 'EndTime', reading }));
  const ids = new Set(pages.flatMap(({ items }) => items.map(({ id }) => id)));
  assert.equal(ids.size, 1_199);
  assert.equal(reading.complete, false);
});
