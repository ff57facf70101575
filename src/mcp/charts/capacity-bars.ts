import type { CapacityAnswer, RepositoryRow } from '../tools/capacity/shape.ts';
import { footing, heading, legend, MARGIN } from './layout.ts';
import { words } from './scales.ts';
import { box, type Fill, fitText, lineOf, type Mark, type Scene, type Shape, textAt } from './scene.ts';

const ROW = 44;

/** Repositories as bars of use against their limit, the most pressing first, with the day on which 80 % comes. */
export function drawCapacityBars({ repositories = [], omitted }: CapacityAnswer, width: number): Scene {
  const top = heading(
    'Repositories, most pressing first',
    ['Use in % of the capacity; ticks at 80, 90 and 100 %'],
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
      { text: 'not known, or no limit', fill: 'unknown' },
    ],
    bottom + 2,
    width,
  );
  const more = omitted?.repositories ? [`${omitted.repositories} more repositories are not shown.`] : [];
  const foot = footing(more, key.y, width);
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
  const share = capacity.utilization_pct;
  const state = `${priority} · ${share === null ? capacity.display : `${share} %`}`;
  const room = width - state.length * 6.6 - 12;
  const bar = { x, y: y + 16, width, height: 9 };
  return [
    textAt(x, y + 12, fitText(repository_name, room, 12), { bold: true }),
    textAt(x + width, y + 12, state, { size: 11, anchor: 'end' }),
    box(bar, share === null ? 'unknown' : 'ok', 2),
    ...(share === null
      ? []
      : [box({ ...bar, width: (width * Math.min(100, share)) / 100 }, fillOf(share), 2)]),
    ...(share === null
      ? []
      : [80, 90].map((at) =>
          lineOf(
            [
              [x + (width * at) / 100, y + 14],
              [x + (width * at) / 100, y + 27],
            ],
            'ink',
          ),
        )),
    textAt(x, y + 36, fitText(whenText(row), width, 10), { size: 10, fill: 'muted' }),
  ];
}

const fillOf = (share: number): Fill => (share >= 90 ? 'bad' : share >= 80 ? 'watch' : 'line');

function whenText({ status, forecast, capacity }: RepositoryRow): string {
  const [first] = forecast.thresholds.filter(
    ({ mid_date, status: one }) => mid_date !== null && one !== 'EXCEEDED',
  );
  const passed = forecast.thresholds.filter(({ status: one }) => one === 'EXCEEDED').at(-1);
  const when = first
    ? `${first.percent} % likely on ${first.mid_date} (${first.early_date ?? 'not known'} to ${first.late_date ?? 'beyond the horizon'})`
    : words(status);
  return `${capacity.display}; ${passed ? `${passed.percent} % passed; ` : ''}${when}`;
}

const labelOf = (row: RepositoryRow) =>
  `${row.repository_name}: priority ${words(row.priority)}, ${row.capacity.utilization_pct ?? 'unknown'} % used, ${whenText(row)}`;
