import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estateHealth } from '../../../src/analysis/health/estate-health.ts';
import type { Finding } from '../../../src/analysis/health/finding.ts';
import { healthFindings } from '../../../src/analysis/health/health-findings.ts';
import { findIncidents } from '../../../src/analysis/health/incidents.ts';
import type { InfrastructureFacts } from '../../../src/analysis/health/infrastructure-facts.ts';
import { type JobFacts, jobHealth } from '../../../src/analysis/health/job-health.ts';
import type { JobRun } from '../../../src/analysis/health/runs.ts';
import { DAY, HOUR, MINUTE, NOW, nightly } from '../builders.ts';

const healthy: InfrastructureFacts = {
  server: { id: 'vbr', name: 'vbr01', clockSkewMs: 20_000, certificateValidTo: NOW + 300 * DAY },
  proxies: [{ id: 'p', name: 'px1', type: 'ViProxy', isDisabled: false, isOnline: true }],
  managedServers: [{ id: 'm', name: 'esx1', type: 'ViHost', status: 'Available' }],
  license: { status: 'Valid', expiresAt: NOW + 200 * DAY, licensedInstances: 100, usedInstances: 100 },
  analyzer: { hasRun: true, practices: [{ id: 'b', name: 'Backup is encrypted', status: 'OK' }] },
  malwareEvents: [],
  authorizationEvents: [],
  configBackup: { isEnabled: true, isEncrypted: true, lastSuccessAt: NOW - DAY },
  forbiddenEndpoints: [],
};

const job = (given: Partial<JobFacts> = {}): JobFacts => ({
  jobId: 'job',
  name: 'Payroll',
  type: 'VSphereBackup',
  isEnabled: true,
  isScheduled: true,
  ...given,
});

function ofJob(runs: JobRun[], given: Partial<JobFacts> = {}, now = NOW): Finding[] {
  const jobs = [jobHealth({ job: job(given), runs, now, zone: 'UTC' })];
  return healthFindings({ now, jobs, incidents: [], infrastructure: healthy });
}

function ofEstate(given: Partial<InfrastructureFacts>): Finding[] {
  return healthFindings({ now: NOW, jobs: [], incidents: [], infrastructure: { ...healthy, ...given } });
}

const kinds = (findings: Finding[]) => findings.map(({ kind, severity, level }) => [kind, severity, level]);

test('a healthy estate has no findings, and neither has a night that failed and recovered', () => {
  assert.deepEqual(ofJob(nightly('S'.repeat(60))), []);
  assert.deepEqual(ofJob(nightly('SSSSSSSrSSSSSSSSSSFSSSSSSSSSSSSSSSSSSSSSSSSSSSSWSS')), []);
});

test('each rule about jobs gives its finding', () => {
  assert.deepEqual(kinds(ofJob([])), [['JOB_NEVER_RAN', 'critical', null]]);
  assert.deepEqual(kinds(ofJob(nightly('S'.repeat(60), {}, NOW - 40 * HOUR))), [
    ['JOB_STALE', 'medium', 'LATE'],
  ]);
  assert.deepEqual(kinds(ofJob(nightly('S'.repeat(60), {}, NOW - 9 * DAY))), [
    ['JOB_STALE', 'critical', 'BREACHED'],
    ['JOB_SILENT', 'high', null],
  ]);
  assert.deepEqual(kinds(ofJob(nightly(`${'S'.repeat(40)}rSrSrSSrSrSSrSrSrSrS`))), [
    ['RETRY_DEPENDENT', 'low', null],
  ]);
  const sundays = Array.from({ length: 84 }, (_, index) =>
    (84 - index) % 7 === 1 && index > 20 ? 'F' : 'S',
  ).join('');
  const pattern = ofJob(nightly(`${sundays}`)).find(({ kind }) => kind === 'TIMING_PATTERN');
  assert.deepEqual([pattern?.level, pattern?.evidence['slot']], ['WEEKDAY_PATTERN', 0]);
});

test('a failing job carries its reason, since when, and what follows from it', () => {
  const runs = [
    ...nightly(`${'S'.repeat(60)}......`),
    ...nightly('FFFFFF', { failureMessage: 'Logon failure: bad password' }),
  ];
  const findings = ofJob(runs);
  assert.deepEqual(kinds(findings), [
    ['JOB_FAILING', 'critical', null],
    ['JOB_STALE', 'critical', 'BREACHED'],
    ['RELIABILITY_DEGRADING', 'medium', null],
  ]);
  const [failing] = findings;
  assert.equal(failing?.since, NOW - 8 * HOUR - 5 * DAY);
  assert.deepEqual([failing?.evidence['failedInARow'], failing?.evidence['causeClass']], [6, 'CREDENTIALS']);
  assert.equal(failing?.cause?.text, 'Logon failure: bad password');
});

test('an open session far beyond the usual is overdue', () => {
  const runs = [...nightly('SSSSSSS.'), ...nightly('R', {}, NOW - 2 * HOUR)];
  assert.deepEqual(kinds(ofJob(runs)), [['JOB_OVERDUE', 'medium', null]]);
});

test('disabled jobs and jobs of unknown state give no findings', () => {
  for (const isEnabled of [false, null]) assert.deepEqual(ofJob(nightly('FFFFFF'), { isEnabled }), []);
});

test('an incident names its cause and the jobs, once for several nights', () => {
  const names = Array.from({ length: 12 }, (_, index) => `job${index}`);
  const runs = names.flatMap((jobId, index) =>
    nightly(index < 5 ? 'SSSSSSSSFF' : 'SSSSSSSSSS', { jobId }, NOW - 8 * HOUR + index * 3 * MINUTE),
  );
  const incidents = findIncidents(
    runs.map(({ jobId, runId, endedAt, outcome }) => ({
      jobId,
      runId,
      endedAt: endedAt ?? 0,
      isFailed: outcome === 'FAILED',
    })),
    {
      failureRate: 0.02,
      attributesOf: (jobId) => [
        { kind: 'repository', id: names.indexOf(jobId) < 5 ? 'full' : 'fine', name: 'Repo' },
      ],
    },
  );
  const jobs = names.map((jobId) =>
    jobHealth({
      job: job({ jobId, name: jobId }),
      runs: runs.filter((run) => run.jobId === jobId),
      now: NOW,
      zone: 'UTC',
    }),
  );
  const findings = healthFindings({ now: NOW, jobs, incidents, infrastructure: healthy });
  const found = findings.filter(({ kind }) => kind === 'INCIDENT');
  assert.equal(found.length, 1);
  assert.deepEqual(found[0]?.cause, { kind: 'repository', id: 'full', name: 'Repo' });
  assert.deepEqual(
    [found[0]?.jobs?.length, found[0]?.evidence['occurrences'], found[0]?.severity],
    [5, 2, 'high'],
  );
  const late = healthFindings({ now: NOW + 20 * DAY, jobs: [], incidents, infrastructure: healthy });
  assert.ok(!late.some(({ kind }) => kind === 'INCIDENT'));

  const estate = estateHealth({ now: NOW, jobs, runs, incidents, objects: null, repositories: null });
  assert.deepEqual([estate.jobsEnabled, estate.troubledJobs, estate.runsLostInIncidents], [12, 5, 10]);
  assert.deepEqual(estate.notKnown, [
    'protected_objects: protected objects were not read',
    'repository: repositories were not read',
  ]);
  assert.ok(Math.abs(estate.coverage - 0.8) < 1e-9);
});

test('each rule about the infrastructure gives its finding', () => {
  const proxy = { id: 'p', name: 'px1', type: 'ViProxy', isDisabled: false, isOnline: false };
  const cases: [Partial<InfrastructureFacts>, (string | null)[][]][] = [
    [{ proxies: [proxy] }, [['PROXY_OFFLINE', 'high', null]]],
    [
      {
        proxies: [
          { ...proxy, isDisabled: true },
          { ...proxy, type: 'PVE' },
          { ...proxy, type: 'NutanixAHV' },
        ],
      },
      [],
    ],
    [
      { managedServers: [{ id: 'm', name: 'x', type: 'ViHost', status: 'Unavailable' }] },
      [['SERVER_UNAVAILABLE', 'high', null]],
    ],
    [{ license: { status: 'Expired', expiresAt: null } }, [['LICENSE_EXPIRED', 'critical', null]]],
    [{ license: { status: 'Valid', expiresAt: NOW - DAY } }, [['LICENSE_EXPIRED', 'critical', null]]],
    [{ license: { status: 'Valid', expiresAt: NOW + 20 * DAY } }, [['LICENSE_EXPIRING', 'medium', null]]],
    [{ license: { status: 'Valid', expiresAt: NOW + 5 * DAY } }, [['LICENSE_EXPIRING', 'high', null]]],
    [
      { license: { status: 'Valid', expiresAt: null, licensedSockets: 4, usedSockets: 6 } },
      [['LICENSE_EXCEEDED', 'high', 'sockets']],
    ],
    [
      { configBackup: { isEnabled: false, isEncrypted: true, lastSuccessAt: NOW } },
      [['CONFIG_BACKUP_DISABLED', 'high', null]],
    ],
    [
      { configBackup: { isEnabled: true, isEncrypted: false, lastSuccessAt: NOW - 8 * DAY } },
      [
        ['CONFIG_BACKUP_STALE', 'medium', null],
        ['CONFIG_BACKUP_UNENCRYPTED', 'medium', null],
      ],
    ],
    [{ server: { ...healthy.server, clockSkewMs: -25 * MINUTE } }, [['CLOCK_SKEW', 'medium', 'BEHIND']]],
    [
      { server: { ...healthy.server, certificateValidTo: NOW + 20 * DAY } },
      [['CERTIFICATE_EXPIRING', 'medium', 'EXPIRING']],
    ],
    [{ forbiddenEndpoints: [{ endpoint: '/api/v1/license' }] }, [['ENDPOINT_FORBIDDEN', 'low', null]]],
  ];
  for (const [given, expected] of cases)
    assert.deepEqual(kinds(ofEstate(given)), expected, JSON.stringify(given));
});

test('each rule about security gives its finding', () => {
  const event = {
    id: 'e',
    type: 'EncryptedData',
    state: 'Created',
    severity: 'Suspicious',
    detectedAt: NOW - DAY,
    machineId: 'm1',
    machineName: 'web1',
  };
  const infected = { ...event, id: 'f', severity: 'Infected', detectedAt: NOW - 3 * DAY };
  const [malware, ...others] = ofEstate({ malwareEvents: [event, infected] });
  assert.deepEqual(
    [malware?.severity, malware?.level, malware?.since],
    ['critical', 'Infected', NOW - 3 * DAY],
  );
  assert.deepEqual(others, []);
  const withdrawn = { ...event, state: 'FalsePositive' };
  const old = { ...event, detectedAt: NOW - 31 * DAY };
  assert.deepEqual(ofEstate({ malwareEvents: [withdrawn, old, { ...event, severity: 'Clean' }] }), []);

  const request = { id: 'a', name: 'Delete backup', state: 'Pending', createdAt: NOW - 30 * DAY };
  assert.deepEqual(kinds(ofEstate({ authorizationEvents: [request] })), [
    ['AUTHORIZATION_PENDING', 'medium', 'Pending'],
  ]);
  const rejected = { ...request, state: 'Rejected', processedAt: NOW - 2 * DAY };
  assert.deepEqual(kinds(ofEstate({ authorizationEvents: [rejected] })), [
    ['AUTHORIZATION_REJECTED', 'medium', 'Rejected'],
  ]);
  const settled = { ...rejected, processedAt: NOW - 8 * DAY };
  assert.deepEqual(ofEstate({ authorizationEvents: [settled, { ...request, state: 'Approved' }] }), []);

  assert.deepEqual(kinds(ofEstate({ analyzer: { hasRun: false, practices: [] } })), [
    ['ANALYZER_NOT_RUN', 'low', null],
  ]);
  const violation = { id: 'v', name: 'MFA', status: 'Violation' };
  assert.deepEqual(kinds(ofEstate({ analyzer: { hasRun: true, practices: [violation] } })), [
    ['ANALYZER_VIOLATION', 'medium', null],
  ]);
});

test('what was not read is no finding', () => {
  const dark: Partial<InfrastructureFacts> = {
    server: { id: 'vbr', name: 'vbr01', clockSkewMs: null, certificateValidTo: null },
    license: null,
    analyzer: null,
    configBackup: null,
    proxies: [{ id: 'p', name: 'px1', type: 'ViProxy', isDisabled: null, isOnline: null }],
  };
  assert.deepEqual(ofEstate(dark), []);
});

test('the worst findings come first', () => {
  const findings = ofEstate({
    forbiddenEndpoints: [{ endpoint: '/api/v1/license' }],
    license: { status: 'Expired', expiresAt: null },
    server: { ...healthy.server, clockSkewMs: HOUR },
  });
  assert.deepEqual(
    findings.map(({ severity }) => severity),
    ['critical', 'medium', 'low'],
  );
});
