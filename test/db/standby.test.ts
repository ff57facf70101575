import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { migrate, openDatabases } from '../../src/db/database.ts';
import { openEmbedded } from '../../src/db/embedded.ts';
import { addEstate, addJobs, addRun, addScore, failingJob, uuid } from '../support/health-rows.ts';
import { startMcp, toEnvironment } from '../support/mcp-client.ts';
import { toSettings } from '../support/postgres.ts';
import { caughtUp, SETTINGS, serverFolder, startStandby, stopServer } from '../support/standby.ts';

test('a standby answers while the primary is down, says how old the data are, and takes no writes', async () => {
  const folder = serverFolder();
  const primary = { ...(await openEmbedded(folder, { settings: SETTINGS })), folder };
  const target = { host: primary.host, port: primary.port, ...primary.superuser };
  const settings = toSettings(target, 'pair');
  await migrate(settings);
  const writer = await openDatabases(settings, 'collector', 'dr365 test');
  await addEstate(writer.metrics.db);
  const standby = await startStandby(primary);
  const onStandby = {
    ...settings,
    external: { ...settings.external, host: standby.host, port: standby.port },
  } as typeof settings;
  let isPrimaryUp = true;
  try {
    await using mcp = await startMcp(toEnvironment(onStandby));
    // What a run concludes on the primary after the copy arrives by itself.
    const ended = new Date();
    const run_id = await addRun(writer.metrics.db, { finished_at: ended });
    await addScore(writer.metrics.db, { run_id, concluded_at: ended });
    await addJobs(writer.metrics.db, [
      failingJob({ run_id, job_id: uuid(1), job_name: 'SQL Nightly', failure_streak: 9 }),
    ]);
    await caughtUp(primary, standby);
    await writer.close();
    await stopServer(primary);
    isPrimaryUp = false;
    await assert.rejects(openDatabases(settings, 'reader', 'dr365 test'), /nothing answers at/);

    const { data, text } = await mcp.ask('get_health_status', { job: 'SQL Nightly' });
    const [source] = data.sources as {
      run_id: string;
      age_hours: number;
      last_success_at: string;
      stale: boolean;
    }[];
    assert.equal(source?.run_id, run_id);
    assert.equal(source?.stale, false);
    assert.ok(source && source.age_hours >= 0 && source.age_hours < 1);
    assert.ok(text.includes(source.last_success_at));
    const freshness = await mcp.ask('get_data_freshness');
    assert.match(freshness.text, /health/);
    for (const tool of ['get_capacity_forecast', 'analyze_risks', 'get_remediation_plan', 'what_changed'])
      await mcp.ask(tool, tool === 'what_changed' ? { since: '7d' } : {});
    await mcp.ask('find', { name: 'SQL*' });

    const collector = await openDatabases(onStandby, 'collector', 'dr365 test');
    try {
      await assert.rejects(addRun(collector.metrics.db), { code: '25006' });
      await assert.rejects(
        sql`select create_month_partition('session', '2030-01-01')`.execute(collector.metrics.db),
        {
          code: '25006',
        },
      );
    } finally {
      await collector.close();
    }
  } finally {
    if (isPrimaryUp) {
      await writer.close();
      await stopServer(primary);
    }
    await stopServer(standby);
  }
});
