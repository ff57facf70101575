import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IncidentEvidence } from '../../../src/analysis/risk/facts.ts';
import { mergeIncidents } from '../../../src/analysis/risk/incidents.ts';

const incident = (id: string, startAt: number, openJobIds: string[]): IncidentEvidence => ({
  id,
  startAt,
  endAt: startAt + 1,
  jobIds: openJobIds,
  openJobIds,
  cause: { kind: 'repository', id: 'r', name: `seen by ${id}` },
  refs: [{ table: 'health_incident', id }],
});

test('the same jobs failing night after night are one incident, under the id of the first night', () => {
  const nights = [
    incident('c', 30, ['1', '2', '3']),
    incident('a', 10, ['1', '2', '3']),
    incident('b', 20, ['1', '2']),
  ];
  const [one, ...others] = mergeIncidents([...nights, incident('x', 15, ['7', '8', '9'])]);
  assert.deepEqual([one?.id, one?.startAt, one?.endAt, one?.cause?.name], ['a', 10, 31, 'seen by c']);
  assert.deepEqual(
    [one?.openJobIds, one?.refs.map(({ id }) => id)],
    [
      ['1', '2', '3'],
      ['a', 'b', 'c'],
    ],
  );
  assert.deepEqual(
    others.map(({ id }) => id),
    ['x'],
  );
});

test('incidents that share few jobs, or whose jobs have recovered, are kept apart', () => {
  const apart = [
    incident('a', 10, ['1', '2', '3']),
    incident('b', 20, ['3', '4', '5', '6']),
    incident('c', 30, []),
  ];
  assert.deepEqual(
    mergeIncidents(apart).map(({ id }) => id),
    ['a', 'b', 'c'],
  );
});
