import type { RevisionIndex } from '../contract/revisions.ts';
import { mountedAt, planOf, type TrialPlan } from '../history/recovery-plan.ts';
import type { SessionRow } from '../history/sessions.ts';
import { whole } from '../random.ts';
import type { World } from '../world.ts';
import { failureMessage, jobOf } from './session-view.ts';
import { runOf, type Task, taskOf, tasksOf } from './tasks.ts';

type Status = 'None' | 'Succeeded' | 'Warning' | 'Failed';
type Line = { status: Status; at: number; until: number; title: string; description?: string };

export type Log = { totalRecords: number; records: ({ status: string } & Record<string, unknown>)[] };

/** The log of a session; a cancelled run may have none. */
export function sessionLog(world: World, index: number, now: number, revision: RevisionIndex): Log {
  const row = world.timeline.columns.row(index);
  const run = runOf(world, row);
  if (run?.isCanceled) return { totalRecords: 0, records: [] };
  return toLog(
    world,
    jobOf(world, row) ? runLines(world, index, row, now) : serviceLines(world, index, row, now),
    revision,
  );
}

export function taskLog(world: World, task: Task, revision: RevisionIndex): Log {
  const row = world.timeline.columns.row(task.session);
  const machine = world.estate.machines[task.place.machine]?.name ?? '';
  const done = task.state === 'Stopped';
  const failed = done && task.result === 'Failed';
  const until = done ? task.end : task.start + 60_000;
  const lines: Line[] = [
    {
      status: 'Succeeded',
      at: task.start,
      until: task.start + 1000,
      title: `Queued for processing at ${new Date(task.start).toISOString()}`,
    },
    {
      status: 'Succeeded',
      at: task.start + 2000,
      until: task.start + 5000,
      title: 'Required backup infrastructure resources have been assigned',
    },
    {
      status: failed ? 'Failed' : 'Succeeded',
      at: task.start + 6000,
      until,
      title:
        failed && task.run?.cause
          ? failureMessage(world, row, task.run, task.place.slot)
          : `Processing ${machine}`,
    },
  ];
  if (done && !failed)
    lines.push({ status: 'Succeeded', at: task.end, until: task.end, title: `Finalizing ${machine}` });
  return toLog(world, lines, revision);
}

function runLines(world: World, index: number, row: SessionRow, now: number): Line[] {
  const job = jobOf(world, row);
  const run = runOf(world, row);
  const until = Math.min(row.end, now);
  const lines: Line[] = [
    { status: 'Succeeded', at: row.start, until: row.start + 900, title: 'Job started' },
    {
      status: 'Succeeded',
      at: row.start + 1000,
      until: row.start + 9000,
      title: 'Building list of machines to process',
    },
  ];
  for (let n = 0; n < Math.min(row.tasks, 50); n += 1) {
    const task = taskOf(world, index, row, n, now);
    if (!task) continue;
    const name = world.estate.machines[task.place.machine]?.name ?? '';
    const isBad = task.result === 'Failed';
    const title =
      isBad && run?.cause
        ? `Processing ${name} Error: ${failureMessage(world, row, run, task.place.slot)}`
        : `Processing ${name}`;
    lines.push({
      status: isBad
        ? 'Failed'
        : task.result === 'Warning'
          ? 'Warning'
          : task.state === 'Working'
            ? 'None'
            : 'Succeeded',
      at: task.start,
      until: Math.min(task.end, now),
      title,
    });
  }
  if (row.end > now) return lines;
  if (row.result === 'Failed' && row.tasks === 0 && run?.cause)
    lines.push({ status: 'Failed', at: until, until, title: failureMessage(world, row, run, 0) });
  lines.push({ status: 'Succeeded', at: until, until, title: loadLine(index) });
  const retries = row.result === 'Failed' && row.attempt < (job?.retryCount ?? 0) ? ', will be retried' : '';
  lines.push({
    status: row.result === 'Success' ? 'Succeeded' : row.result,
    at: until,
    until,
    title: `Job finished${row.result === 'Failed' ? ` with error${retries}` : ''}`,
  });
  return lines;
}

const PARTS = ['Source', 'Proxy', 'Network', 'Target'];

function loadLine(index: number): string {
  const load = PARTS.map((part, i) => ({ part, percent: whole(5, 99, 0x10ad, index, i) }));
  const worst = load.reduce((a, b) => (b.percent > a.percent ? b : a));
  return `Load: ${load.map(({ part, percent }) => `${part} ${percent}%`).join(' > ')}, primary bottleneck: ${worst.part}`;
}

function serviceLines(world: World, index: number, row: SessionRow, now: number): Line[] {
  const plan = planOf(world.draft.recovery, row);
  const until = Math.min(row.end, now);
  const lines: Line[] = [{ status: 'Succeeded', at: row.start, until: row.start + 500, title: 'Starting' }];
  const mounted = row.kind === 'instantRecovery' ? mountedAt(row, plan) : Number.POSITIVE_INFINITY;
  if (mounted <= now)
    lines.push({
      status: 'Succeeded',
      at: mounted,
      until: mounted,
      title: 'VM has been recovered successfully and is running from backup',
    });
  if (row.kind === 'sureBackup') lines.push(...verdicts(world, index, row, plan, now));
  if (row.end <= now)
    lines.push({
      status: row.result === 'Success' ? 'Succeeded' : row.result,
      at: until,
      until,
      title: 'Finished',
    });
  return lines;
}

/** Which machines came up in the lab; in text only, as in the product. */
function verdicts(
  world: World,
  index: number,
  row: SessionRow,
  plan: TrialPlan | undefined,
  now: number,
): Line[] {
  return [...tasksOf(world, index, row, now)]
    .filter(({ end }) => end <= now)
    .map(({ place, end }) => {
      const name = world.estate.machines[place.machine]?.name ?? '';
      const isBad = row.result === 'Failed' && (plan?.failed?.includes(place.index) ?? true);
      const verdict = isBad ? 'Heartbeat test: Failed' : 'Heartbeat test: Success, ping test: Success';
      return { status: isBad ? 'Failed' : 'Succeeded', at: end, until: end, title: `${name}: ${verdict}` };
    });
}

function toLog({ stamps }: World, lines: Line[], revision: RevisionIndex): Log {
  const records = lines.map(({ status, at, until, title, description }, i) => ({
    id: i + 1,
    status,
    startTime: stamps.zoned(at),
    updateTime: stamps.zoned(Math.max(at, until)),
    title,
    description: description ?? '',
    additionalInfo: revision === 2 ? [] : '',
  }));
  // Records are not given in the order of their ids.
  return { totalRecords: records.length, records: [...records.slice(1), ...records.slice(0, 1)] };
}
