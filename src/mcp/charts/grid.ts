import { footing, heading, type LegendItem, legend, MARGIN } from './layout.ts';
import { box, type Fill, fitText, type Mark, type Scene, type Shape, textAt } from './scene.ts';

export type Cell = { text: string; fill: Fill; label: string };
export type GridRow = { name: string; note: string; cells: Cell[] };
export type Grid = {
  title: string;
  lines: string[];
  columns: string[];
  rows: GridRow[];
  legend: LegendItem[];
  foot: string[];
};

const ROW = 34;
const GAP = 2;

/** Rows of named cells. Each cell says its value, so that its colour only helps. */
export function drawGrid({ title, lines, columns, rows, legend: items, foot }: Grid, width: number): Scene {
  const top = heading(title, lines, width);
  const names = Math.max(84, Math.min(220, (width - 2 * MARGIN) * 0.3));
  const wide = (width - 2 * MARGIN - names) / columns.length;
  const head = columns.flatMap((column, index) =>
    headOf(column, MARGIN + names + wide * (index + 0.5), top.y, wide - GAP),
  );
  const shapes: Shape[] = [...top.shapes, ...head];
  const marks: Mark[] = [];
  rows.forEach(({ name, note, cells }, at) => {
    const y = top.y + 32 + at * ROW;
    shapes.push(
      textAt(MARGIN, y + 14, fitText(name, names - 6, 12), { bold: true }),
      textAt(MARGIN, y + 27, fitText(note, names - 6, 10), { size: 10, fill: 'muted' }),
    );
    cells.forEach(({ text, fill, label }, index) => {
      const area = { x: MARGIN + names + wide * index, y, width: wide - GAP, height: ROW - GAP };
      shapes.push(box(area, fill, 3), cellText(text, fill, area));
      marks.push({ ...area, label: `${name}, ${columns[index]}: ${label}` });
    });
  });
  const key = legend(items, top.y + 36 + rows.length * ROW, width);
  const below = footing(foot, key.y, width);
  return {
    title,
    width,
    height: below.y + MARGIN,
    shapes: [...shapes, ...key.shapes, ...below.shapes],
    marks,
  };
}

function cellText(text: string, fill: Fill, { x, y, width, height }: Omit<Mark, 'label'>): Shape {
  const size = [12, 11, 10, 9].find((one) => fitText(text, width - 2, one) === text) ?? 9;
  const middle = { size, fill: `on-${fill}` as const, anchor: 'middle' as const };
  return textAt(x + width / 2, y + height / 2 + size * 0.36, fitText(text, width - 2, size), middle);
}

/** A heading of one or two lines of words. */
function headOf(column: string, x: number, y: number, room: number): Shape[] {
  const [first = '', ...rest] = column.split(' ');
  const lines = rest.length === 0 ? ['', first] : [first, rest.join(' ')];
  const size = [11, 10, 9, 8].find((one) => lines.every((line) => fitText(line, room, one) === line)) ?? 8;
  return lines.map((line, index) =>
    textAt(x, y + 12 + 13 * index, fitText(line, room, size), { size, fill: 'muted', anchor: 'middle' }),
  );
}
