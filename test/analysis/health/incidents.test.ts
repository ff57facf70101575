import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toIncidentSeries } from '../../../src/analysis/health/incident-series.ts';
import { type Attribute, findIncidents, type IncidentRun } from '../../../src/analysis/health/incidents.ts';
import { seededRandom } from '../../../src/analysis/statistics/seeded-random.ts';
import { DAY, HOUR, MINUTE } from '../builders.ts';

const NIGHT = Date.parse('2026-03-01T22:00:00Z');

/** `jobs` jobs ended within an hour, evenly; the first `failed` of them within 20 minutes, failed. */
function oneNight(jobs: number, failed: number, start = NIGHT): IncidentRun[] {
  return Array.from({ length: jobs }, (_, index) => ({
    jobId: `job ${index}`,
    runId: `${start} ${index}`,
    endedAt:
      start + (index < failed ? (index * 20 * MINUTE) / Math.max(1, failed) : (index * HOUR) / (2 * jobs)),
    isFailed: index < failed,
  }));
}

const repository = (id: string): Attribute => ({ kind: 'repository', id });

test('three failures among forty or twelve active jobs are chance, six among forty are not', () => {
  const found = (jobs: number, failed: number) =>
    findIncidents(oneNight(jobs, failed), { failureRate: 0.02 });
  assert.deepEqual(found(40, 3), []);
  assert.deepEqual(found(12, 3), []);
  const [incident] = found(40, 6);
  assert.equal(incident?.jobs.length, 6);
  assert.equal(incident?.activeJobs, 40);
  assert.ok(Math.abs((incident?.p ?? 0) - 0.000137) < 1e-6);
  assert.equal(incident?.suspectedCause, null);
});

test('retries of one job are not several jobs', () => {
  const runs = Array.from({ length: 6 }, (_, index) => ({
    jobId: 'a',
    runId: String(index),
    endedAt: NIGHT + index * 10 * MINUTE,
    isFailed: true,
  }));
  assert.deepEqual(findIncidents(runs), []);
});

test('failures more than 30 minutes apart are not together', () => {
  const runs = Array.from({ length: 6 }, (_, index) => ({
    jobId: `job ${index}`,
    runId: String(index),
    endedAt: NIGHT + index * 31 * MINUTE,
    isFailed: true,
  }));
  assert.deepEqual(findIncidents(runs, { failureRate: 0.01 }), []);
});

test('the repository that all failed jobs share and few others is the suspected cause', () => {
  const attributesOf = (jobId: string) => {
    const index = Number(jobId.slice(4));
    return [repository(index < 8 ? 'full' : 'fine'), { kind: 'proxy' as const, id: `p${index % 3}` }];
  };
  const [incident] = findIncidents(oneNight(40, 7), { failureRate: 0.02, attributesOf });
  assert.deepEqual([incident?.suspectedCause?.kind, incident?.suspectedCause?.id], ['repository', 'full']);
  assert.equal(incident?.suspectedCause?.share, 1);
  assert.equal(incident?.suspectedCause?.lift, 5);
});

test('what all jobs share explains nothing; a message that the failed ones share is then the cause', () => {
  const withMessage = oneNight(40, 7).map((run) => ({
    ...run,
    attributes: [
      repository('only'),
      ...(run.isFailed ? [{ kind: 'message' as const, id: 'f1', name: 'Logon failure' }] : []),
    ],
  }));
  const [incident] = findIncidents(withMessage, { failureRate: 0.02 });
  assert.deepEqual(
    [incident?.suspectedCause?.kind, incident?.suspectedCause?.name],
    ['message', 'Logon failure'],
  );
});

test('an expired password is not the fault of the repository whose jobs it stops', () => {
  const withMessage = oneNight(40, 7).map((run, index) => ({
    ...run,
    attributes: [
      repository(index < 8 ? 'r' : 'other'),
      ...(run.isFailed
        ? [
            {
              kind: 'message' as const,
              id: `f${index % 2}`,
              name: index % 2 ? 'Logon failure' : 'Falsches Kennwort',
            },
          ]
        : []),
    ],
  }));
  const cause = findIncidents(withMessage, { failureRate: 0.02 })[0]?.suspectedCause;
  // Two wordings of one cause count as one.
  assert.deepEqual([cause?.kind, cause?.id, cause?.share], ['message', 'f0', 1]);
});

test('a proxy that only the failed runs name is their cause', () => {
  const proxy = { kind: 'proxy' as const, id: 'px' };
  const message = { kind: 'message' as const, id: 'f', name: 'Failed to connect to proxy <name>' };
  const runs = oneNight(40, 7).map((run) => ({ ...run, attributes: run.isFailed ? [proxy, message] : [] }));
  assert.equal(findIncidents(runs, { failureRate: 0.02 })[0]?.suspectedCause?.id, 'px');
});

test('a proxy that the messages of the failed runs name is their cause also where few other jobs ended', () => {
  const proxy = { kind: 'proxy' as const, id: 'px', isNamed: true };
  const message = { kind: 'message' as const, id: 'f', name: 'Failed to connect to proxy <name>' };
  const runs = oneNight(6, 4).map((run) => ({ ...run, attributes: run.isFailed ? [message, proxy] : [] }));
  const cause = findIncidents(runs, { failureRate: 0.02 })[0]?.suspectedCause;
  assert.deepEqual([cause?.id, cause?.p], ['px', null]);
});

test('what a message names makes no incident out of a night that chance explains', () => {
  const named = { kind: 'host' as const, id: 'vc', isNamed: true };
  const runs = oneNight(1000, 12).map((run) => ({ ...run, attributes: run.isFailed ? [named] : [] }));
  assert.deepEqual(findIncidents(runs, { failureRate: 0.02 }), []);
});

test('jobs of one repository stand out among a thousand even where the whole night is explained by chance', () => {
  const random = seededRandom(5);
  const runs = Array.from({ length: 1000 }, (_, index) => ({
    jobId: `job ${index}`,
    runId: String(index),
    endedAt: NIGHT + index * 10_000,
    isFailed: index % 100 === 0 || (index >= 500 && index < 512),
    attributes: [repository(index >= 500 && index < 512 ? 'small' : `r${Math.floor(random() * 5)}`)],
  }));
  const [incident, ...others] = findIncidents(runs, { failureRate: 0.018 });
  assert.equal(incident?.suspectedCause?.id, 'small');
  assert.equal(incident?.jobs.length, 12);
  assert.deepEqual(others, []);
});

test('jobs that have been failing by themselves are no incident, and an incident goes on the next night', () => {
  const onsets = [9, 7, 5, 3, 2, 1];
  const alone = Array.from({ length: 10 }, (_, night) =>
    oneNight(30, 0, NIGHT - night * DAY).map((run, index) => ({
      ...run,
      isFailed: night < (onsets[index] ?? 0),
    })),
  ).flat();
  assert.deepEqual(findIncidents(alone, { failureRate: 0.01 }), []);

  const together = [3, 2, 1, 0].flatMap((night) => oneNight(30, night < 3 ? 6 : 0, NIGHT - night * DAY));
  const incidents = findIncidents(together, { failureRate: 0.01 });
  assert.equal(incidents.length, 3);
  const series = toIncidentSeries(incidents);
  assert.deepEqual(
    series.map(({ jobs, start }) => [jobs.length, start]),
    [[6, NIGHT - 2 * DAY]],
  );
});

test('independent failures of a big estate are hardly ever an incident', () => {
  const random = seededRandom(11);
  const runs: IncidentRun[] = [];
  for (let night = 0; night < 60; night++) {
    for (let job = 0; job < 300; job++) {
      runs.push({
        jobId: `job ${job}`,
        runId: `${night} ${job}`,
        endedAt: NIGHT + night * DAY + ((job * 7919) % 480) * MINUTE,
        isFailed: random() < 0.02,
      });
    }
  }
  assert.ok(findIncidents(runs).length <= 1);
});

test('the order of the input does not matter, and incidents never share a run', () => {
  const entry = fc.record({
    job: fc.integer({ min: 0, max: 12 }),
    minute: fc.integer({ min: 0, max: 2000 }),
    isFailed: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
      const runs = entries.map(({ job, minute, isFailed }, index) => ({
        jobId: `job ${job}`,
        runId: `run ${index}`,
        endedAt: NIGHT + minute * MINUTE,
        isFailed,
      }));
      const incidents = findIncidents(runs, { failureRate: 0.05 });
      assert.deepEqual(findIncidents(runs.toReversed(), { failureRate: 0.05 }), incidents);
      const ids = incidents.flatMap(({ runIds }) => runIds);
      assert.equal(new Set(ids).size, ids.length);
      for (const { jobs, p } of incidents) assert.ok(jobs.length >= 3 && p <= 0.001);
    }),
  );
});

test('no runs, no incidents', () => {
  assert.deepEqual(findIncidents([]), []);
  assert.deepEqual(toIncidentSeries([]), []);
});
