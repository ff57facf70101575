import { footing, heading, type LegendItem, legend, MARGIN } from './layout.ts';
import { box, type Fill, fitText, type Mark, type Scene, type Shape, textAt, textWidth } from './scene.ts';

/** What a cell says: one or two parts, which stand side by side or, where there is no room, one above the other. */
export type Cell = { parts: string[]; fill: Fill; label: string };
export type GridRow = { name: string; note: string; cells: Cell[] };
export type Grid = {
  title: string;
  lines: string[];
  columns: string[];
  rows: GridRow[];
  legend: LegendItem[];
  foot: string[];
};

/** Below this width a row has its name above its cells. */
const NARROW = 480;
const CELL = 32;
const GAP = 2;

type Frame = { left: number; cell: number; names: number; above: number; row: number };

function frameOf(width: number, columns: number): Frame {
  const room = width - 2 * MARGIN;
  if (width < NARROW)
    return { left: MARGIN, cell: room / columns, names: room, above: 18, row: CELL + GAP + 24 };
  const names = Math.min(220, room * 0.3);
  return {
    left: MARGIN + names,
    cell: (room - names) / columns,
    names: names - 6,
    above: 0,
    row: CELL + GAP,
  };
}

/** Rows of named cells. Each cell says its value, so that its colour only helps. */
export function drawGrid({ title, lines, columns, rows, legend: items, foot }: Grid, width: number): Scene {
  const top = heading(title, lines, width);
  const frame = frameOf(width, columns.length);
  const head = columns.flatMap((column, index) =>
    headOf(column, frame.left + frame.cell * (index + 0.5), top.y, frame.cell - GAP),
  );
  const shapes: Shape[] = [...top.shapes, ...head];
  const marks: Mark[] = [];
  rows.forEach((row, at) => {
    const y = top.y + 32 + at * frame.row;
    shapes.push(...nameOf(row, y, frame));
    row.cells.forEach(({ parts, fill, label }, index) => {
      const x = frame.left + frame.cell * index;
      const area = { x, y: y + frame.above, width: frame.cell - GAP, height: CELL };
      shapes.push(box(area, fill, 3), ...cellText(parts, fill, area));
      marks.push({ ...area, label: `${row.name}, ${columns[index]}: ${label}` });
    });
  });
  const key = legend(items, top.y + 36 + rows.length * frame.row, width);
  const below = footing(foot, key.y, width);
  shapes.push(...key.shapes, ...below.shapes);
  return { title, width, height: below.y + MARGIN, shapes, marks };
}

function nameOf({ name, note }: GridRow, y: number, { above, names }: Frame): Shape[] {
  if (above === 0) {
    return [
      textAt(MARGIN, y + 14, fitText(name, names, 12), { bold: true }),
      textAt(MARGIN, y + 27, fitText(note, names, 10), { size: 10, fill: 'muted' }),
    ];
  }
  const room = names - textWidth(note, 10) - 8;
  return [
    textAt(MARGIN, y + 13, fitText(name, room, 12), { bold: true }),
    textAt(MARGIN + names, y + 13, note, { size: 10, fill: 'muted', anchor: 'end' }),
  ];
}

function cellText(parts: string[], fill: Fill, { x, y, width, height }: Omit<Mark, 'label'>): Shape[] {
  const whole = parts.join(' ');
  const lines = textWidth(whole, 10) <= width - 2 ? [whole] : parts;
  const sizes = lines.length > 1 ? [11, 10, 9, 8] : [12, 11, 10, 9, 8];
  const size = sizes.find((one) => lines.every((line) => textWidth(line, one) <= width - 2)) ?? 8;
  const first = y + height / 2 + size * 0.36 - ((lines.length - 1) * (size + 2)) / 2;
  return lines.map((line, index) =>
    textAt(x + width / 2, first + index * (size + 2), fitText(line, width - 2, size), {
      size,
      fill: `on-${fill}`,
      anchor: 'middle',
    }),
  );
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
