// npm run bench:soak: 24 hours of all workers by their schedule, with questions in between, as fast as they go.
// --heap FOLDER: what the heap holds, to be compared, goes there every six hours from the sixth on (Chrome opens the files).
import { fork } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeHeapSnapshot } from 'node:v8';
import { loadBusinessContext } from '../../src/business/load.ts';
import { type Config, loadConfig } from '../../src/config/config.ts';
import { migrate, openDatabases } from '../../src/db/database.ts';
import { createLog } from '../../src/log.ts';
import { startMcpHttp } from '../../src/mcp/http/main.ts';
import { advisingJob } from '../../workers/advising.ts';
import { collectingJob } from '../../workers/collecting.ts';
import { maintain } from '../../workers/maintenance/maintenance.ts';
import { createPool } from '../../workers/pool.ts';
import { watchingJob } from '../../workers/rto/watching.ts';
import { type ScheduledJob, startSchedule } from '../../workers/schedule.ts';
import { startTestServer, toSettings } from '../support/postgres.ts';
import { takeClock } from './soak/clock.ts';
import { type Sample, takeSample } from './soak/sample.ts';
import { isGrowing, type Slope, slopeOf } from './soak/slope.ts';
import type { FromWorld, ToWorld } from './soak/world.ts';

const START = new Date('2026-03-18T11:59:00Z');
const MINUTE_MS = 60_000;
/** Until then caches fill and the compiler is at work. */
const WARM_UP_HOURS = 6;
/** Memory may move by this share in a day and still count as level; what can be counted may not grow at all. */
const SHARE: Record<string, number> = { 'RSS MiB': 0.05, 'heap MiB': 0.05, 'external MiB': 0.1 };

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '24' },
    json: { type: 'boolean', default: false },
    heap: { type: 'string' },
  },
});
const hours = Number(values.hours);
// Fewer hours have no slope that could be told from chance.
if (!Number.isInteger(hours) || hours < 6) throw new RangeError('--hours is a whole number from 6 on');
const warnings: string[] = [];
process.on('warning', ({ message }) => warnings.push(message));

const clock = takeClock(START);
const world = fork(join(import.meta.dirname, 'soak/world.ts'), [START.toISOString()], {
  execArgv: [],
});
const [{ settings }] = (await once(world, 'message')) as [{ settings: Record<string, string> }];
const server = await startTestServer();
const database = toSettings(server, 'soak');
await migrate(database);
const config: Config = { ...loadConfig({ ...settings, MCP_HTTP_PORT: '0', LOG_LEVEL: 'silent' }), database };

const log = createLog('silent');
const stop = new AbortController();
setMaxListeners(0, stop.signal);
const common = {
  log,
  clock: clock.now,
  business: loadBusinessContext(undefined),
  replica: 'soak',
  stopped: stop.signal,
  stopping: stop.signal,
  signal: stop.signal,
};
const collector = await openDatabases(database, 'collector', 'dr365 workers');
const advisor = await openDatabases(database, 'advisor', 'dr365 workers');
const retention = common.business.retention;
let underWay = 0;
let slots = 0;
const jobs = [
  ...(['health', 'capacity', 'efficiency', 'rto'] as const).map((name) =>
    collectingJob(name, config, collector, { ...common, pool: createPool() }),
  ),
  watchingJob(config, collector, common),
  advisingJob(['risk', 'remediation'], advisor, {
    ...common,
    pool: createPool({ young: 2, most: 2, youngMs: 120_000 }),
    onRuns: async () => {},
  }),
  {
    name: 'maintenance',
    cron: '25 * * * *',
    run: () => maintain('metrics', collector, { ...common, retention, ifDue: true }),
  },
].map(
  (job: ScheduledJob): ScheduledJob => ({
    ...job,
    run: async (slot) => {
      underWay += 1;
      slots += 1;
      await job.run(slot).finally(() => {
        underWay -= 1;
      });
    },
  }),
);
const mcp = await startMcpHttp(config, { log, clock: clock.now });
const schedule = startSchedule(jobs, 'UTC', log, clock.now);

const samples: Sample[] = [];
let asked = 0;
const began = performance.now();
for (let hour = 0; hour <= hours; hour += 1) {
  for (let minute = 0; minute < 60; minute += 1) await playMinute(hour * 60 + minute);
  const answer = await tell({ ask: mcp.url });
  if (!('asked' in answer) || answer.failed) throw new Error(`a question failed: ${JSON.stringify(answer)}`);
  asked += answer.asked;
  samples.push(await takeSample(server, [stop.signal]));
  if (values.heap && hour > 0 && hour % WARM_UP_HOURS === 0)
    writeHeapSnapshot(join(values.heap, `hour-${hour}.heapsnapshot`));
  if (!values.json) process.stderr.write(`hour ${hour}: ${textOf(samples.at(-1) ?? {})}\n`);
}
await schedule.stop();
const failed = await countRuns();
const isLevel = report();
stop.abort();
await mcp.stop();
await Promise.all([collector.close(), advisor.close()]);
world.send({ end: true } satisfies ToWorld);
await once(world, 'exit');
await server.stop();
process.exitCode = isLevel && failed === 0 && warnings.length === 0 ? 0 : 1;

/** The clock goes on by a minute; whatever is due then runs to its end. */
async function playMinute(minute: number): Promise<void> {
  const now = new Date(START.getTime() + (minute + 1) * MINUTE_MS);
  clock.set(now);
  await tell({ now: now.toISOString() });
  clock.tick();
  do await new Promise((done) => setTimeout(done, 1));
  while (underWay > 0);
}

async function tell(message: ToWorld): Promise<FromWorld> {
  world.send(message);
  const [answer] = (await once(world, 'message')) as [FromWorld];
  return answer;
}

/** @returns how many did not conclude */
async function countRuns(): Promise<number> {
  const counts = new Map<string, number>();
  for (const { db } of [collector.metrics, advisor.risk]) {
    const rows = await (db as typeof collector.metrics.db)
      .selectFrom('run')
      .select(({ fn }) => ['worker', 'status', 'error_message', fn.countAll<number>().as('count')])
      .groupBy(['worker', 'status', 'error_message'])
      .execute();
    for (const { worker, status, error_message, count } of rows)
      counts.set(`${worker} ${status}${error_message ? `: ${error_message}` : ''}`, Number(count));
  }
  process.stdout.write(`runs: ${[...counts].map(([name, count]) => `${count} ${name}`).join(', ')}\n`);
  return [...counts].reduce(
    (sum, [name, count]) => sum + (/^\w+ (succeeded|partial)/.test(name) ? 0 : count),
    0,
  );
}

/** @returns whether nothing grew */
function report(): boolean {
  const steady = samples.slice(Math.min(WARM_UP_HOURS, Math.floor(samples.length / 3)));
  let isAllLevel = true;
  for (const name of Object.keys(samples[0] ?? {})) {
    const slope = slopeOf(steady.map((sample) => sample[name] ?? 0));
    // To write what the heap holds takes memory that the process keeps.
    const grows = isGrowing(slope, SHARE[name] ?? 0) && !(values.heap && name === 'RSS MiB');
    isAllLevel &&= !grows;
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ bench: 'soak', name, ...slope, grows })}\n`
        : `${name.padEnd(22)} ${lineOf(slope)}${grows ? '  GROWS' : ''}\n`,
    );
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  process.stdout.write(
    `${hours} hours in ${seconds} s: ${slots} slots, ${asked} questions; ${warnings.length === 0 ? 'no warnings' : warnings.join('; ')}; ${isAllLevel ? 'nothing grows' : 'SOMETHING GROWS'}\n`,
  );
  return isAllLevel;
}

function lineOf({ perHour, low, high, level }: Slope): string {
  const number = (value: number) => value.toFixed(3).padStart(9);
  return `${level.toFixed(1).padStart(8)}, per hour ${number(perHour)} (95 % range ${number(low)} to ${number(high)})`;
}

function textOf(sample: Sample): string {
  return Object.entries(sample)
    .map(([name, value]) => `${name} ${value.toFixed(name.endsWith('MiB') ? 1 : 0)}`)
    .join(', ');
}
