import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attribute } from '../../src/analysis/health/incidents.ts';
import { attributeFinder } from '../../src/analysis/mentions.ts';

const catalogue: Attribute[] = [
  { kind: 'proxy', id: 'p3', name: 'px-03.corp.local' },
  { kind: 'host', id: 'h3', name: 'px-03.corp.local' },
  { kind: 'host', id: 'h1', name: 'esx1.corp.local' },
  { kind: 'repository', id: 'r', name: 'Backup Repo 3' },
  { kind: 'repository', id: 'a', name: 'Twin' },
  { kind: 'repository', id: 'b', name: 'twin' },
  { kind: 'host', id: 'ip', name: '10.0.0.7' },
];

const ids = (message: string | null) =>
  attributeFinder(catalogue)(message).map(({ kind, id }) => `${kind} ${id}`);

test('infrastructure is found by its full and by its short name', () => {
  assert.deepEqual(ids('Failed to connect to proxy [PX-03].'), ['proxy p3']);
  assert.deepEqual(ids("Backup proxy 'px-03.corp.local' is offline; proxy px-03"), ['proxy p3']);
  assert.deepEqual(ids('Repository „Backup Repo 3“ ist voll, esx1'), ['host h1', 'repository r']);
  assert.deepEqual(ids('Host 10.0.0.7 refused'), ['host ip']);
});

test('a server that is a proxy as well is taken for what the message calls it', () => {
  assert.deepEqual(ids('Host px-03 is unavailable'), ['host h3']);
});

test('parts of words, shared names and empty messages name nothing', () => {
  assert.deepEqual(ids('esx12 and Backup Repo 34 and Twin and 10'), []);
  assert.deepEqual(ids(null), []);
  assert.deepEqual(attributeFinder([])('proxy px-03'), []);
});
