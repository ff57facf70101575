import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { toSettings } from '../../src/simulator/options.ts';
import { capacityScenarios } from '../../src/simulator/scenarios/capacity.ts';
import { efficiencyScenarios } from '../../src/simulator/scenarios/efficiency.ts';
import { findScenario, SCENARIOS } from '../../src/simulator/scenarios/index.ts';
import { recoveryScenarios } from '../../src/simulator/scenarios/recovery.ts';
import { buildTruth, type Truth } from '../../src/simulator/truth/truth.ts';
import { createWorld } from '../../src/simulator/world.ts';
import { NOW, startWithClient } from './client.ts';

const truthOf = (scenario: string, options = {}): Truth =>
  buildTruth(createWorld(toSettings({ now: NOW, speed: 0, scenario, ...options }), findScenario(scenario)));

const kinds = ({ findings }: Truth) => [...new Set(findings.health.map(({ kind }) => kind))].sort();

test('a healthy estate has no findings, whatever its size, history, seed, season and zone', () => {
  for (const now of [
    '2026-03-04T12:00:00Z',
    '2026-03-29T10:30:00Z',
    '2025-10-26T01:30:00Z',
    '2026-01-01T22:15:00Z',
  ]) {
    for (const [jobs, days, seed] of [
      [5, 5, 1],
      [60, 90, 2],
      [250, 30, 3],
      [25, 400, 4],
    ] as const) {
      const zone = seed % 2 === 0 ? 'America/New_York' : 'Europe/Berlin';
      const { findings } = truthOf('healthy', { now: new Date(now), jobs, days, seed, zone });
      assert.deepEqual(
        findings,
        { health: [], healthTolerated: [] },
        `${jobs} jobs, ${days} days, seed ${seed}, ${now}`,
      );
    }
  }
});

test('a healthy estate stays healthy as time goes on', () => {
  const world = createWorld(toSettings({ now: NOW, speed: 0, jobs: 60 }), findScenario('healthy'));
  for (let hours = 0; hours < 10 * 24; hours += 7) {
    assert.deepEqual(
      buildTruth(world, NOW.getTime() + hours * 3_600_000).findings.health,
      [],
      `${hours} hours later`,
    );
  }
});

/** What the rules have to say of each scenario, and nothing else. */
const EXPECTED: Record<string, string[]> = {
  healthy: [],
  demo: [
    'ANALYZER_VIOLATION',
    'CONFIG_BACKUP_UNENCRYPTED',
    'INCIDENT',
    'JOB_FAILING',
    'JOB_SILENT',
    'JOB_STALE',
    'LICENSE_EXPIRING',
    'MALWARE_DETECTED',
    'PROXY_OFFLINE',
    'RETRY_DEPENDENT',
    'SERVER_UNAVAILABLE',
    'TIMING_PATTERN',
  ],
  'repository-full': ['INCIDENT', 'JOB_FAILING', 'JOB_STALE'],
  'expired-credential': ['INCIDENT', 'JOB_FAILING', 'JOB_STALE'],
  'proxy-down': ['INCIDENT', 'JOB_FAILING', 'JOB_STALE', 'PROXY_OFFLINE', 'SERVER_UNAVAILABLE'],
  'vss-one-guest': ['JOB_FAILING', 'JOB_STALE'],
  'retention-deletion': [],
  ransomware: ['MALWARE_DETECTED'],
  'never-restored': [],
  'silent-job': ['JOB_SILENT', 'JOB_STALE'],
  'never-ran': ['ANALYZER_NOT_RUN', 'JOB_FAILING', 'JOB_NEVER_RAN'],
  forbidden: ['ENDPOINT_FORBIDDEN'],
  'slow-pages': [],
  'clock-skew': ['CLOCK_SKEW'],
  'retry-storm': ['RETRY_DEPENDENT'],
  'weekday-pattern': ['TIMING_PATTERN'],
  degrading: ['RELIABILITY_DEGRADING'],
  'copy-and-children': ['JOB_FAILING', 'JOB_STALE'],
  'disabled-jobs': [],
  'licence-expiring': ['LICENSE_EXCEEDED', 'LICENSE_EXPIRING'],
  'configuration-neglected': [
    'ANALYZER_VIOLATION',
    'AUTHORIZATION_PENDING',
    'AUTHORIZATION_REJECTED',
    'CONFIG_BACKUP_DISABLED',
    'CONFIG_BACKUP_STALE',
    'CONFIG_BACKUP_UNENCRYPTED',
  ],
  'running-overdue': ['JOB_OVERDUE', 'JOB_STALE'],
  'estate-wide-outage': ['INCIDENT'],
  ...Object.fromEntries(capacityScenarios.map(({ name }) => [name, []])),
  ...Object.fromEntries(efficiencyScenarios.map(({ name }) => [name, []])),
  'efficiency-encryption-burst': ['MALWARE_DETECTED'],
  'efficiency-all': ['MALWARE_DETECTED'],
  ...Object.fromEntries(recoveryScenarios.map(({ name }) => [name, []])),
  'recovery-copies': ['JOB_SILENT', 'JOB_STALE'],
  'recovery-infected-newest': ['MALWARE_DETECTED'],
  'recovery-replicas': ['JOB_SILENT', 'JOB_STALE'],
  'recovery-odd-rows': ['JOB_FAILING', 'JOB_NEVER_RAN'],
};

test('every scenario has the findings that it is made for, and no others', () => {
  assert.deepEqual(SCENARIOS.map(({ name }) => name).sort(), Object.keys(EXPECTED).sort());
  for (const { name } of SCENARIOS) {
    for (const seed of [1, 5])
      assert.deepEqual(kinds(truthOf(name, { seed })), EXPECTED[name], `${name}, seed ${seed}`);
  }
});

test('scenarios work on estates that are hardly large enough, and on larger ones', () => {
  for (const { name } of SCENARIOS) {
    for (const [jobs, days, seed] of [
      [1, 1, 1],
      [5, 8, 2],
      [12, 30, 3],
      [120, 45, 11],
    ] as const) {
      const { findings, estate } = truthOf(name, { jobs, days, seed });
      assert.ok(estate.sessions > 0, name);
      const known = new Set(EXPECTED[name]);
      const unexpected = findings.health.filter(({ kind }) => !known.has(kind) && days >= 30);
      assert.deepEqual(unexpected, [], `${name}, ${jobs} jobs, ${days} days`);
    }
  }
});

test('the same settings give the same truth, another seed another estate', () => {
  const [first, second, other] = [1, 1, 2].map((seed) => JSON.stringify(truthOf('demo', { seed })));
  assert.equal(first, second);
  assert.notEqual(first, other);
});

test('a job that the truth calls failing looks like that in the API', async () => {
  await using client = await startWithClient({ scenario: 'demo', jobs: 60, days: 60 });
  const { truth } = client.simulator;
  const states = new Map((await client.list('/api/v1/jobs/states')).map((row) => [row.id, row]));
  const failing = truth.findings.health.filter(({ kind }) => kind === 'JOB_FAILING');

  assert.ok(failing.length >= 8);
  for (const { entity, since } of failing) {
    const state = states.get(entity.id);
    assert.equal(state?.lastResult, 'Failed', entity.name);
    const good = await client.get('/api/v1/sessions', {
      jobIdFilter: entity.id,
      resultFilter: ['Success', 'Warning'],
      createdAfterFilter: since ?? '',
    });
    assert.deepEqual(good.body.data, [], entity.name);
  }
});

test('the counts of the truth are those of the API', async () => {
  await using client = await startWithClient({ jobs: 30 });
  const { estate } = client.simulator.truth;
  const total = async (path: string, query = {}) =>
    ((await client.get(path, { ...query, limit: 1 })).body.pagination as { total: number }).total;

  assert.equal(await total('/api/v1/sessions'), estate.sessions);
  assert.equal(await total('/api/v1/taskSessions'), estate.taskSessions);
  assert.equal(await total('/api/v1/jobs/states'), estate.jobs);
  assert.equal(await total('/api/v1/sessions', { typeFilter: 'BackupJob' }), estate.sessionsByType.BackupJob);
  assert.deepEqual(JSON.parse(await readFile(client.simulator.truthFile, 'utf8')), client.simulator.truth);
});

test('names can carry text that tries to do something to the reader', () => {
  const names = (hostileNames: boolean) =>
    createWorld(toSettings({ now: NOW, speed: 0, jobs: 30, hostileNames }), findScenario('healthy'))
      .estate.jobs.map(({ name }) => name)
      .join('\n');

  assert.match(names(true), /Ignore all previous instructions|drop table/);
  assert.doesNotMatch(names(false), /[<>{}"';\u200b-\u202e]|Ignore/);
});
