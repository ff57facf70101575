import type { CapacityAnswer, RepositoryCard } from '../tools/capacity/shape.ts';
import { drawCapacityBars } from './capacity-bars.ts';
import { footing, heading, legend, MARGIN } from './layout.ts';
import { bytesText, byteUnit, dateOf, dayOf, dayText, roundTicks, scaleOf, short, words } from './scales.ts';
import {
  areaOf,
  box,
  type Fill,
  lineOf,
  type Mark,
  type Point,
  type Scene,
  type Shape,
  textAt,
} from './scene.ts';

type History = NonNullable<CapacityAnswer['history']>;

/** One repository: what it held, the 80 % band of what it will hold, and the thresholds. Several: a bar each. */
export function drawCapacity(answer: CapacityAnswer, width: number): Scene | null {
  if (answer.repository) return drawBand(answer.repository, answer.history ?? [], width);
  if (answer.repositories && answer.repositories.length > 0) return drawCapacityBars(answer, width);
  return null;
}

const AXIS = 58;
const PLOT = 240;
/** Beyond so many times the capacity a forecast is not drawn: what was measured would have no room. */
const TALLEST = 1.5;

type Series = {
  today: number;
  total: number | null;
  used: { day: number; bytes: number }[];
  unread: number[];
  ahead: { day: number; low: number; mid: number; high: number }[];
};

function drawBand(card: RepositoryCard, history: History, width: number): Scene {
  const series = seriesOf(card, history);
  const top = heading(card.repository_name, [stateOf(card)], width);
  const frame = { left: AXIS, right: width - MARGIN - 4, top: top.y + 20, bottom: top.y + 20 + PLOT };
  const first = Math.min(series.today, ...series.used.map(({ day }) => day), ...series.unread);
  const last = Math.max(series.today + 7, ...series.ahead.map(({ day }) => day));
  const tallest = Math.max(
    (series.total ?? 0) * 1.06,
    ...series.used.map(({ bytes }) => bytes),
    ...series.ahead.map(({ high }) => high),
    1,
  );
  const x = scaleOf([first, last], [frame.left, frame.right]);
  const y = scaleOf([0, tallest], [frame.bottom, frame.top]);
  const plot: Plot = { ...frame, x, y, first, last, tallest };
  const parts = [
    axes(plot),
    unreadDays(plot, series),
    forecast(plot, series),
    thresholds(plot, card),
    measured(plot, series),
  ];
  const key = legend(legendOf(series), frame.bottom + 40, width);
  const foot = footing(datesOf(card), key.y, width);
  return {
    title: card.repository_name,
    width,
    height: foot.y + MARGIN,
    shapes: [...top.shapes, ...parts.flat(), ...key.shapes, ...foot.shapes],
    marks: marksOf(plot, series),
  };
}

function seriesOf({ capacity, band, forecast: { counted_from } }: RepositoryCard, history: History): Series {
  const today = dayOf(counted_from);
  const total = capacity.total_bytes;
  const days = history.map((row) => ({ day: dayOf(row.day), bytes: row.used_bytes, offline: row.offline }));
  const used = days.flatMap(({ day, bytes }) => (bytes === null ? [] : [{ day, bytes }])).toReversed();
  const unread = days.flatMap(({ day, bytes, offline }) => (bytes === null || offline ? [day] : []));
  if (used.length === 0 && capacity.used_bytes !== null)
    used.push({ day: today, bytes: capacity.used_bytes });
  const beyond = band.findIndex(({ mid_bytes }) => total !== null && mid_bytes > total * TALLEST);
  const drawn = beyond < 0 ? band : band.slice(0, Math.max(1, beyond));
  const ahead = drawn.map((row) => ({
    day: today + row.ahead_days,
    low: row.low_bytes,
    mid: row.mid_bytes,
    high: row.high_bytes,
  }));
  const start = capacity.used_bytes;
  if (ahead.length > 0 && start !== null) ahead.unshift({ day: today, low: start, mid: start, high: start });
  return { today, total, used, unread, ahead };
}

function stateOf({ capacity, status, priority, confidence, forecast, online }: RepositoryCard): string {
  const share = capacity.utilization_pct === null ? '' : `, ${capacity.utilization_pct} %`;
  const known = capacity.used_bytes === null ? 'Use not known' : `${capacity.display}${share}`;
  const why = forecast.no_date_because ? ` (${forecast.no_date_because})` : '';
  return `${known}. ${online === false ? 'OFFLINE. ' : ''}Forecast: ${words(status)}${why}. Priority ${words(priority)}, confidence ${words(confidence)}.`;
}

type Plot = {
  left: number;
  right: number;
  top: number;
  bottom: number;
  x: (day: number) => number;
  y: (bytes: number) => number;
  first: number;
  last: number;
  tallest: number;
};

function axes({ left, right, bottom, top, x, y, first, last, tallest }: Plot): Shape[] {
  const unit = byteUnit(tallest);
  const shapes: Shape[] = [];
  for (const tick of roundTicks(tallest / unit.bytes, 5)) {
    const at = y(tick * unit.bytes);
    shapes.push(
      lineOf(
        [
          [left, at],
          [right, at],
        ],
        'grid',
      ),
    );
    shapes.push(textAt(left - 6, at + 4, short(tick), { size: 11, fill: 'muted', anchor: 'end' }));
  }
  shapes.push(textAt(MARGIN, top - 6, unit.name, { size: 11, fill: 'muted' }));
  const most = Math.max(2, Math.floor((right - left) / 80));
  const step = Math.max(1, Math.ceil((last - first) / most));
  for (let day = first; day <= last; day += step) {
    shapes.push(
      lineOf(
        [
          [x(day), bottom],
          [x(day), bottom + 4],
        ],
        'muted',
      ),
    );
    const anchor = day === first ? 'start' : x(day) > right - 25 ? 'end' : 'middle';
    shapes.push(textAt(x(day), bottom + 16, dayText(day), { size: 11, fill: 'muted', anchor }));
  }
  const range = `day, ${dateOf(first)} to ${dateOf(last)}`;
  shapes.push(textAt((left + right) / 2, bottom + 32, range, { size: 11, fill: 'muted', anchor: 'middle' }));
  return shapes;
}

/** Days of which nothing was read are hatched, never drawn as a low. */
function unreadDays({ x, top, bottom, first, last }: Plot, { unread }: Series): Shape[] {
  return unread.map((day) => {
    const from = x(Math.max(first, day - 0.5));
    const to = x(Math.min(last, day + 0.5));
    return box({ x: from, y: top, width: to - from, height: bottom - top }, 'unknown');
  });
}

function forecast({ x, y, top, bottom }: Plot, { ahead, today }: Series): Shape[] {
  const upper = ahead.map(({ day, high }): Point => [x(day), y(high)]);
  const lower = ahead.map(({ day, low }): Point => [x(day), y(low)]);
  const likely = ahead.map(({ day, mid }): Point => [x(day), y(mid)]);
  const start = lineOf(
    [
      [x(today), top],
      [x(today), bottom],
    ],
    'muted',
    1,
    '2 3',
  );
  if (ahead.length < 2) return [start];
  return [areaOf([...upper, ...lower.toReversed()], 'band'), lineOf(likely, 'line', 2, '6 4'), start];
}

const LIMITS: Record<number, { fill: Fill; dash: string }> = {
  80: { fill: 'watch', dash: '2 4' },
  90: { fill: 'bad', dash: '8 4' },
  100: { fill: 'worst', dash: '' },
};

/** Each threshold by name and size; upon it the range of its day, where there is one. */
function thresholds({ left, right, x, y, last }: Plot, { capacity, forecast: of }: RepositoryCard): Shape[] {
  const total = capacity.total_bytes;
  if (total === null) return [];
  const today = dayOf(of.counted_from);
  return of.thresholds.flatMap(({ percent, early_days, mid_days, late_days }) => {
    const at = y((total * percent) / 100);
    const { fill, dash } = LIMITS[percent] ?? { fill: 'bad' as const, dash: '' };
    const shapes = [
      lineOf(
        [
          [left, at],
          [right, at],
        ],
        fill,
        1.5,
        dash,
      ),
      textAt(left + 4, at - 3, `${percent} % = ${bytesText((total * percent) / 100)}`, { size: 10 }),
    ];
    const inPlot = (days: number | null) => Math.min(last, today + (days ?? last - today));
    if (mid_days === null || today + mid_days > last || mid_days === 0) return shapes;
    shapes.push(
      lineOf(
        [
          [x(inPlot(early_days)), at],
          [x(inPlot(late_days)), at],
        ],
        fill,
        5,
      ),
    );
    shapes.push(box({ x: x(today + mid_days) - 4, y: at - 4, width: 8, height: 8 }, 'ink', 4));
    return shapes;
  });
}

function measured({ x, y }: Plot, { used }: Series): Shape[] {
  const points = used.map(({ day, bytes }): Point => [x(day), y(bytes)]);
  const newest = points.at(-1);
  const dot = newest ? [box({ x: newest[0] - 4, y: newest[1] - 4, width: 8, height: 8 }, 'line', 4)] : [];
  return points.length > 1 ? [lineOf(points, 'line', 2.5), ...dot] : dot;
}

function legendOf({ ahead, unread, used }: Series) {
  return [
    { text: used.length > 0 ? 'used, measured' : 'use not known', fill: 'line' as const, dash: '' },
    ...(ahead.length > 1
      ? [
          { text: 'likely', fill: 'line' as const, dash: '6 4' },
          { text: '80 % band', fill: 'band' as const },
        ]
      : []),
    ...(unread.length > 0 ? [{ text: 'not read or offline', fill: 'unknown' as const }] : []),
  ];
}

/** The dates as words, since a picture alone is no answer. */
function datesOf({ capacity, forecast: of, band }: RepositoryCard): string[] {
  if (capacity.total_bytes === null)
    return ['Its capacity is not known or has no limit: no threshold is drawn.'];
  const dates = of.thresholds.map(({ percent, status, mid_date, early_date, late_date }) =>
    mid_date === null
      ? `${percent} %: ${words(status)}${early_date ? `, early ${early_date}` : ''}.`
      : `${percent} %: ${status === 'EXCEEDED' ? 'passed' : `likely ${mid_date}, early ${early_date ?? 'not known'}, late ${late_date ?? 'beyond the horizon'}`}.`,
  );
  return [...dates, ...(band.length === 0 ? ['No forecast band: there is too little to go by.'] : [])];
}

function marksOf({ x, top, bottom, left, right }: Plot, { used, ahead, total }: Series): Mark[] {
  const share = (bytes: number) => (total === null ? '' : ` (${short((bytes / total) * 100)} %)`);
  const points = [
    ...used.map(({ day, bytes }) => ({
      day,
      label: `${dateOf(day)}: ${bytesText(bytes)}${share(bytes)} used`,
    })),
    ...ahead.slice(1).map(({ day, low, mid, high }) => ({
      day,
      label: `${dateOf(day)}: likely ${bytesText(mid)}${share(mid)}, between ${bytesText(low)} and ${bytesText(high)}`,
    })),
  ];
  return points.map(({ day, label }, index) => {
    const before = points[index - 1];
    const after = points[index + 1];
    const from = before ? (x(before.day) + x(day)) / 2 : left;
    const to = after ? (x(after.day) + x(day)) / 2 : right;
    return { x: from, y: top, width: Math.max(2, to - from), height: bottom - top, label };
  });
}
