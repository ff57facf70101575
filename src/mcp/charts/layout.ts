import {
  box,
  type Fill,
  fitText,
  lineOf,
  type Scene,
  type Shape,
  textAt,
  textWidth,
  wrapText,
} from './scene.ts';

export const MARGIN = 10;

/** Title and sentences above a picture; `y` is where the picture may begin. */
export function heading(title: string, lines: string[], width: number): { shapes: Shape[]; y: number } {
  const room = width - 2 * MARGIN;
  const shapes: Shape[] = [textAt(MARGIN, 22, fitText(title, room, 15), { size: 15, bold: true })];
  let y = 30;
  for (const line of lines.flatMap((text) => wrapText(text, room, 11))) {
    y += 15;
    shapes.push(textAt(MARGIN, y - 3, line, { size: 11, fill: 'muted' }));
  }
  return { shapes, y: y + 6 };
}

/** Sentences below a picture. */
export function footing(lines: string[], y: number, width: number): { shapes: Shape[]; y: number } {
  const wrapped = lines.flatMap((text) => wrapText(text, width - 2 * MARGIN, 11));
  const shapes = wrapped.map((line, index) =>
    textAt(MARGIN, y + 12 + 15 * index, line, { size: 11, fill: 'muted' }),
  );
  return { shapes, y: y + 15 * wrapped.length };
}

export type LegendItem = { text: string; fill?: Fill; dash?: string };

/** What the colours mean: each with its name, since nobody has to tell them apart. */
export function legend(items: LegendItem[], top: number, width: number): { shapes: Shape[]; y: number } {
  const shapes: Shape[] = [];
  let x = MARGIN;
  let y = top;
  for (const { text, fill = 'line', dash } of items) {
    const wide = 20 + textWidth(text, 11) + 12;
    if (x > MARGIN && x + wide > width - MARGIN) {
      x = MARGIN;
      y += 17;
    }
    const middle = y + 9;
    if (dash === undefined) shapes.push(box({ x, y: y + 3, width: 14, height: 12 }, fill, 2));
    else
      shapes.push(
        lineOf(
          [
            [x, middle],
            [x + 14, middle],
          ],
          fill,
          2,
          dash,
        ),
      );
    shapes.push(
      textAt(x + 19, y + 13, fitText(text, width - MARGIN - x - 19, 11), { size: 11, fill: 'muted' }),
    );
    x += wide;
  }
  return { shapes, y: y + 20 };
}

/** A picture that only says something: there is nothing to draw, and why. */
export function sayScene(title: string, lines: string[], width: number): Scene {
  const { shapes, y } = heading(title, lines, width);
  return { title, width, height: y + MARGIN, shapes, marks: [] };
}
