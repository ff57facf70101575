import type { HealthAnswer } from '../tools/health/shape.ts';
import { drawRuns } from './health-runs.ts';
import { footing, heading, legend, MARGIN } from './layout.ts';
import { dayOf, dayText, momentText, roundTicks, scaleOf, words } from './scales.ts';
import {
  box,
  type Fill,
  fitText,
  lineOf,
  type Mark,
  type Point,
  type Scene,
  type Shape,
  textAt,
} from './scene.ts';
import { troubleLines } from './trouble.ts';

/** One job: its runs. One source: its score and its runs per day, or the parts of the score. Several: a score each. */
export function drawHealth(answer: HealthAnswer, width: number): Scene | null {
  if (answer.job) return drawRuns(answer.job, answer.runs ?? [], width);
  if (answer.history && answer.history.length > 0) return drawHistory(answer, answer.history, width);
  const scores = scoresOf(answer);
  return scores.length > 0 ? drawScores(answer, scores, width) : null;
}

type History = NonNullable<HealthAnswer['history']>;

const AXIS = 40;
const SCORE = 130;
const RUNS = 110;
const OUTCOMES: { field: 'success' | 'warning' | 'failed' | 'canceled'; fill: Fill }[] = [
  { field: 'success', fill: 'ok' },
  { field: 'warning', fill: 'watch' },
  { field: 'failed', fill: 'bad' },
  { field: 'canceled', fill: 'unknown' },
];

function drawHistory(answer: HealthAnswer, newestFirst: History, width: number): Scene {
  const days = newestFirst.toReversed().map((row) => ({ ...row, at: dayOf(row.day) }));
  const top = heading('Health per day', [headline(answer)], width);
  const first = days[0]?.at ?? 0;
  const last = days.at(-1)?.at ?? first;
  const step = (width - AXIS - MARGIN) / (last - first + 1);
  const x = (day: number) => AXIS + (day - first + 0.5) * step;
  const upper = { top: top.y + 24, bottom: top.y + 24 + SCORE };
  const lower = { top: upper.bottom + 34, bottom: upper.bottom + 34 + RUNS };
  const shapes = [
    ...top.shapes,
    ...scorePart(days, { ...upper, x, right: width - MARGIN, step }),
    ...runsPart(days, { ...lower, x, right: width - MARGIN, step }),
    ...dayAxis(first, last, { x, y: lower.bottom, width }),
  ];
  const key = legend(
    [
      { text: 'score', fill: 'line', dash: '' },
      { text: 'its range', fill: 'band' },
      ...OUTCOMES.map(({ field, fill }) => ({ text: `runs: ${field}`, fill })),
    ],
    lower.bottom + 24,
    width,
  );
  const foot = footing(
    [
      ...troubleLines(answer),
      'A day without a score or without runs in the data is left empty, which is no sign of health.',
    ],
    key.y,
    width,
  );
  const marks = days.map(
    (day): Mark => ({
      x: x(day.at) - step / 2,
      y: upper.top,
      width: step,
      height: lower.bottom - upper.top,
      label: dayLabel(day),
    }),
  );
  return {
    title: 'Health per day',
    width,
    height: foot.y + MARGIN,
    shapes: [...shapes, ...key.shapes, ...foot.shapes],
    marks,
  };
}

function headline({ overall_health: now, as_of }: HealthAnswer): string {
  if (!now) return `As of ${momentText(as_of)}: no score.`;
  return `As of ${momentText(as_of)}: ${now.score} of 100 (${now.score_low} to ${now.score_high}), grade ${now.grade}.`;
}

/** Bars of a few days are not as wide as the page. */
const barOf = (step: number) => Math.min(step * 0.8, 36);

type Day = History[number] & { at: number };
type Part = { top: number; bottom: number; right: number; step: number; x: (day: number) => number };

function scorePart(days: Day[], { top, bottom, right, step, x }: Part): Shape[] {
  const y = scaleOf([0, 100], [bottom, top]);
  const shapes: Shape[] = [textAt(MARGIN, top - 12, 'score, 0 to 100', { size: 11, fill: 'muted' })];
  for (const tick of [0, 50, 100]) {
    shapes.push(
      lineOf(
        [
          [AXIS, y(tick)],
          [right, y(tick)],
        ],
        'grid',
      ),
    );
    shapes.push(textAt(AXIS - 5, y(tick) + 4, String(tick), { size: 11, fill: 'muted', anchor: 'end' }));
  }
  for (const { at, score_low: low, score_high: high } of days) {
    if (low === null || high === null) continue;
    shapes.push(
      box(
        { x: x(at) - barOf(step) / 2, y: y(high), width: barOf(step), height: Math.max(1, y(low) - y(high)) },
        'band',
      ),
    );
  }
  for (const run of unbroken(days)) {
    const points = run.map(({ at, score }): Point => [x(at), y(score ?? 0)]);
    if (points.length > 1) shapes.push(lineOf(points, 'line', 2.5));
    for (const [px, py] of points)
      shapes.push(box({ x: px - 2.5, y: py - 2.5, width: 5, height: 5 }, 'line', 2.5));
  }
  return shapes;
}

/** Days in a row that have a score; a line is not drawn over a gap. */
function unbroken(days: Day[]): Day[][] {
  const runs: Day[][] = [];
  for (const day of days) {
    if (day.score === null) continue;
    const run = runs.at(-1);
    if (run?.at(-1)?.at === day.at - 1) run.push(day);
    else runs.push([day]);
  }
  return runs;
}

function runsPart(days: Day[], { top, bottom, right, step, x }: Part): Shape[] {
  const most = Math.max(
    1,
    ...days.map((day) => OUTCOMES.reduce((sum, { field }) => sum + (day[field] ?? 0), 0)),
  );
  const y = scaleOf([0, most], [bottom, top]);
  const shapes: Shape[] = [textAt(MARGIN, top - 6, 'runs a day', { size: 11, fill: 'muted' })];
  for (const tick of roundTicks(most, 3).filter(Number.isInteger)) {
    shapes.push(
      lineOf(
        [
          [AXIS, y(tick)],
          [right, y(tick)],
        ],
        'grid',
      ),
    );
    shapes.push(textAt(AXIS - 5, y(tick) + 4, String(tick), { size: 11, fill: 'muted', anchor: 'end' }));
  }
  for (const day of days) {
    let from = 0;
    // What failed lies at the bottom, where counts can be compared.
    for (const { field, fill } of OUTCOMES.toReversed().toSorted(
      (a, b) => Number(b.field === 'failed') - Number(a.field === 'failed'),
    )) {
      const count = day[field] ?? 0;
      if (count === 0) continue;
      shapes.push(
        box(
          {
            x: x(day.at) - barOf(step) / 2,
            y: y(from + count),
            width: barOf(step),
            height: y(from) - y(from + count),
          },
          fill,
        ),
      );
      from += count;
    }
  }
  return shapes;
}

function dayAxis(
  first: number,
  last: number,
  { x, y, width }: { x: (day: number) => number; y: number; width: number },
): Shape[] {
  const most = Math.max(1, Math.floor((width - AXIS) / 70));
  const step = Math.max(1, Math.ceil((last - first + 1) / most));
  const shapes: Shape[] = [];
  for (let day = first; day <= last; day += step) {
    const anchor = x(day) > width - 30 ? 'end' : 'middle';
    shapes.push(textAt(x(day), y + 16, dayText(day), { size: 11, fill: 'muted', anchor }));
  }
  return shapes;
}

function dayLabel({
  day,
  score,
  score_low,
  score_high,
  success,
  warning,
  failed,
  canceled,
  recovered,
}: Day): string {
  const scored = score === null ? 'no score' : `score ${score} (${score_low} to ${score_high})`;
  const counted =
    success === null
      ? 'runs not known'
      : `${success} succeeded, ${warning ?? 0} with a warning, ${failed ?? 0} failed, ${canceled ?? 0} canceled, ${recovered ?? 0} recovered by a retry`;
  return `${day}: ${scored}; ${counted}`;
}

const TROUBLES = { failed: 'OLD: its last run failed', stale: 'OLD data' };

type Score = { name: string; note: string; score: number | null; low: number; high: number };

function scoresOf({ component_scores: parts, per_source, overall_health: all }: HealthAnswer): Score[] {
  if (per_source) {
    return per_source.map(({ source_name, data_state, overall_health: one }) => ({
      name: source_name,
      note: `${one ? `grade ${one.grade}, risk ${words(one.risk_level)}` : 'no score'}${data_state ? `; ${TROUBLES[data_state]}` : ''}`,
      score: one?.score ?? null,
      low: one?.score_low ?? 0,
      high: one?.score_high ?? 100,
    }));
  }
  const total = all
    ? [
        {
          name: 'overall',
          note: `grade ${all.grade}`,
          score: all.score,
          low: all.score_low,
          high: all.score_high,
        },
      ]
    : [];
  const rows = Object.entries(parts ?? {}).map(
    ([name, { score, low, high, known, points_lost, reason }]) => ({
      name: words(name),
      note: known ? `${points_lost} points lost` : `not known: ${reason ?? 'no reason given'}`,
      score: known ? score : null,
      low,
      high,
    }),
  );
  return [...total, ...rows];
}

const ROW = 42;

function drawScores(answer: HealthAnswer, scores: Score[], width: number): Scene {
  const title = answer.per_source ? 'Health of the sources, worst first' : 'Health and its parts';
  const top = heading(title, ['Score 0 to 100, higher is better; the light bar is the range'], width);
  const x = scaleOf([0, 100], [MARGIN, width - MARGIN]);
  const shapes: Shape[] = [...top.shapes];
  const marks: Mark[] = [];
  scores.forEach((row, index) => {
    const y = top.y + 4 + index * ROW;
    shapes.push(...scoreRow(row, y, x, width));
    marks.push({ x: MARGIN - 4, y, width: width - 2 * MARGIN + 8, height: ROW - 4, label: scoreLabel(row) });
  });
  const key = legend(
    [
      { text: 'score', fill: 'line' },
      { text: 'range', fill: 'band' },
      { text: 'not known', fill: 'unknown' },
    ],
    top.y + 4 + scores.length * ROW,
    width,
  );
  const foot = footing(troubleLines(answer), key.y, width);
  const height = foot.y + MARGIN;
  return { title, width, height, shapes: [...shapes, ...key.shapes, ...foot.shapes], marks };
}

function scoreRow(
  { name, note, score, low, high }: Score,
  y: number,
  x: (score: number) => number,
  width: number,
): Shape[] {
  const value = score === null ? 'not known' : `${score} (${low} to ${high})`;
  const room = width - 2 * MARGIN;
  const bar = { x: x(0), y: y + 17, width: room, height: 11 };
  const known: Shape[] = [
    lineOf(
      [
        [x(0), y + 22.5],
        [x(100), y + 22.5],
      ],
      'grid',
      2,
    ),
    box({ ...bar, x: x(low), width: Math.max(2, x(high) - x(low)) }, 'band', 2),
    box({ ...bar, x: x(score ?? 0) - 3, width: 6 }, 'line', 2),
  ];
  return [
    textAt(MARGIN, y + 13, fitText(name, room - value.length * 6.8 - 8, 12), { bold: true }),
    textAt(width - MARGIN, y + 13, value, { size: 11, anchor: 'end' }),
    ...(score === null ? [box(bar, 'unknown', 2)] : known),
    textAt(MARGIN, y + 38, fitText(note, room, 10), { size: 10, fill: 'muted' }),
  ];
}

const scoreLabel = ({ name, note, score, low, high }: Score) =>
  score === null ? `${name}: not known; ${note}` : `${name}: ${score}, range ${low} to ${high}; ${note}`;
