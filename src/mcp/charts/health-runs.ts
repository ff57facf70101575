import type { HealthAnswer, JobCard } from '../tools/health/shape.ts';
import { heading, legend, MARGIN, sayScene } from './layout.ts';
import { dayText, roundTicks, scaleOf, short, words } from './scales.ts';
import { box, type Fill, lineOf, type Mark, type Scene, type Shape, textAt } from './scene.ts';

type Run = NonNullable<HealthAnswer['runs']>[number];

const AXIS = 44;
const PLOT = 150;
const FILLS: Record<string, Fill> = { success: 'ok', warning: 'watch', failed: 'bad' };
const fillOf = ({ outcome }: Run): Fill => FILLS[outcome.toLowerCase()] ?? 'unknown';

/** The runs of one job in time: how long each took, and what became of it. */
export function drawRuns(job: JobCard, newestFirst: readonly Run[], width: number): Scene {
  const { success_rate: rate, low, high } = job.reliability;
  const rated =
    rate === null ? 'success rate not known' : `success rate ${rate} (${low ?? 0} to ${high ?? 1})`;
  const good = job.freshness.last_good_end
    ? `last good end ${job.freshness.last_good_end}`
    : 'no good run is known';
  const line = `${words(job.status)}; ${rated}; ${good}.`;
  if (newestFirst.length === 0)
    return sayScene(job.job_name, [line, 'No run is shown in this window.'], width);
  const runs = newestFirst.toReversed();
  const top = heading(job.job_name, [line], width);
  const most = Math.max(1, ...runs.map(({ duration_minutes }) => duration_minutes ?? 0));
  const frame = { top: top.y + 18, bottom: top.y + 18 + PLOT };
  const y = scaleOf([0, most], [frame.bottom, frame.top]);
  const step = (width - AXIS - MARGIN) / runs.length;
  const wide = Math.min(28, step * 0.8);
  const bars = runs.map((run, index) => ({
    x: AXIS + step * (index + 0.5) - wide / 2,
    y: y(run.duration_minutes ?? most),
    width: wide,
    height: Math.max(3, frame.bottom - y(run.duration_minutes ?? most)),
  }));
  const shapes = [
    ...top.shapes,
    textAt(MARGIN, frame.top - 6, 'minutes a run took; a run without an end is drawn full', {
      size: 11,
      fill: 'muted',
    }),
    ...grid(most, y, width),
    ...runs.map((run, index) => box(bars[index] as (typeof bars)[number], fillOf(run), 2)),
    ...labels(runs, { step, bottom: frame.bottom, width }),
  ];
  const marks = runs.map(
    (run, index): Mark => ({
      x: AXIS + step * index,
      y: frame.top,
      width: step,
      height: PLOT,
      label: runLabel(run),
    }),
  );
  const items = [
    { text: 'success', fill: 'ok' as const },
    { text: 'warning', fill: 'watch' as const },
    { text: 'failed', fill: 'bad' as const },
    { text: 'running, canceled or not known', fill: 'unknown' as const },
  ];
  const key = legend(items, frame.bottom + 24, width);
  return { title: job.job_name, width, height: key.y + MARGIN, shapes: [...shapes, ...key.shapes], marks };
}

function grid(most: number, y: (minutes: number) => number, width: number): Shape[] {
  return roundTicks(most, 4).flatMap((tick) => [
    lineOf(
      [
        [AXIS, y(tick)],
        [width - MARGIN, y(tick)],
      ],
      'grid',
    ),
    textAt(AXIS - 5, y(tick) + 4, short(tick), { size: 11, fill: 'muted', anchor: 'end' }),
  ]);
}

function labels(
  runs: Run[],
  { step, bottom, width }: { step: number; bottom: number; width: number },
): Shape[] {
  const every = Math.max(1, Math.ceil(60 / step));
  return runs.flatMap(({ started_at }, index) => {
    if (index % every > 0) return [];
    const x = AXIS + step * (index + 0.5);
    const anchor = x > width - 30 ? 'end' : 'middle';
    return [
      textAt(x, bottom + 16, dayText(Date.parse(started_at) / 86_400_000), {
        size: 11,
        fill: 'muted',
        anchor,
      }),
    ];
  });
}

const runLabel = ({ started_at, outcome, duration_minutes, attempts, reason }: Run) =>
  `${started_at}: ${words(outcome)}, ${duration_minutes ?? 'unknown'} minutes, ${attempts} attempts${reason ? `; ${reason}` : ''}`;
