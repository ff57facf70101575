import type { CapacityAnswer, RepositoryRow } from '../tools/capacity/shape.ts';
import { footing, heading, legend, MARGIN } from './layout.ts';
import { words } from './scales.ts';
import {
  box,
  type Fill,
  fitText,
  lineOf,
  type Mark,
  type Scene,
  type Shape,
  textAt,
  textWidth,
} from './scene.ts';
import { troubleLines } from './trouble.ts';

const ROW = 44;

/** Repositories as bars of use against their limit, the most pressing first, with the day on which 80 % comes. */
export function drawCapacityBars(answer: CapacityAnswer, width: number): Scene {
  const { repositories = [], omitted } = answer;
  const top = heading(
    'Repositories, most pressing first',
    ['Use in % of the capacity, ticks at 80 and 90 %; likely day of the next threshold (early to late)'],
    width,
  );
  const shapes: Shape[] = [...top.shapes];
  const marks: Mark[] = [];
  const left = MARGIN;
  const long = width - 2 * MARGIN;
  repositories.forEach((row, index) => {
    const y = top.y + 6 + index * ROW;
    shapes.push(...rowOf(row, { x: left, y, width: long, height: ROW }));
    marks.push({ x: left - 4, y, width: long + 8, height: ROW - 4, label: labelOf(row) });
  });
  const bottom = top.y + 6 + repositories.length * ROW;
  const key = legend(
    [
      { text: 'below 80 %', fill: 'line' },
      { text: '80 % passed', fill: 'watch' },
      { text: '90 % passed', fill: 'bad' },
      { text: 'not known, offline, or no limit', fill: 'unknown' },
    ],
    bottom + 2,
    width,
  );
  const more = omitted?.repositories ? [`${omitted.repositories} more repositories are not shown.`] : [];
  const foot = footing([...troubleLines(answer), ...more], key.y, width);
  return {
    title: 'Repositories',
    width,
    height: foot.y + MARGIN,
    shapes: [...shapes, ...key.shapes, ...foot.shapes],
    marks,
  };
}

type Area = { x: number; y: number; width: number; height: number };

function rowOf(row: RepositoryRow, { x, y, width }: Area): Shape[] {
  const { repository_name, capacity, priority } = row;
  const share = shareOf(row);
  const state = `${priority} · ${share === null ? unknownText(row) : `${share} %`}`;
  const room = width - textWidth(state, 11) - 8;
  const [whole, brief] = [`${capacity.display}; ${whenText(row)}`, whenText(row)];
  const below = textWidth(whole, 10) <= width ? whole : brief;
  return [
    textAt(x, y + 12, fitText(repository_name, room, 12), { bold: true }),
    textAt(x + width, y + 12, state, { size: 11, anchor: 'end' }),
    ...barOf(share, { x, y: y + 16, width, height: 9 }),
    textAt(x, y + 36, fitText(below, width, 10), { size: 10, fill: 'muted' }),
  ];
}

/** Use that is known now: what was read before it went offline is none. */
const shareOf = ({ status, capacity }: RepositoryRow) =>
  status === 'OFFLINE' ? null : capacity.utilization_pct;

const unknownText = ({ status, capacity }: RepositoryRow) =>
  status === 'OFFLINE' ? 'offline' : capacity.total_bytes === null ? 'no limit known' : 'use not known';

function barOf(share: number | null, bar: Area): Shape[] {
  if (share === null) return [box(bar, 'unknown', 2)];
  const used = { ...bar, width: (bar.width * Math.min(100, share)) / 100 };
  const tick = (percent: number) => {
    const x = bar.x + (bar.width * percent) / 100;
    return lineOf(
      [
        [x, bar.y - 2],
        [x, bar.y + 11],
      ],
      'ink',
    );
  };
  return [box(bar, 'ok', 2), box(used, fillOf(share), 2), tick(80), tick(90)];
}

const fillOf = (share: number): Fill => (share >= 90 ? 'bad' : share >= 80 ? 'watch' : 'line');

function whenText({ status, forecast: { thresholds } }: RepositoryRow): string {
  const next = thresholds.find((one) => one.mid_date !== null && one.status !== 'EXCEEDED');
  const passed = thresholds.findLast((one) => one.status === 'EXCEEDED');
  const range = next && `${next.early_date ?? 'not known'} to ${next.late_date ?? 'beyond the horizon'}`;
  return [
    ...(passed ? [`${passed.percent} % passed`] : []),
    next ? `${next.percent} % on ${next.mid_date} (${range})` : words(status),
  ].join('; ');
}

const labelOf = (row: RepositoryRow) =>
  `${row.repository_name}: priority ${words(row.priority)}, ${row.capacity.display}, ${row.capacity.utilization_pct ?? 'unknown'} % used${row.status === 'OFFLINE' ? ' when last read' : ''}; ${whenText(row)}`;
