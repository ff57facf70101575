/** What a shape is for; the colour follows from it and from the theme. `on-…` is text upon a fill of that tone. */
export type Fill =
  | 'paper'
  | 'line'
  | 'band'
  | 'ok'
  | 'watch'
  | 'bad'
  | 'worst'
  | 'unknown'
  | 'heat0'
  | 'heat1'
  | 'heat2'
  | 'heat3'
  | 'heat4';
export type Tone = Fill | 'ink' | 'muted' | 'grid' | `on-${Fill}`;

export type Point = readonly [x: number, y: number];

export type Shape =
  | { kind: 'rect'; x: number; y: number; width: number; height: number; fill: Tone; radius?: number }
  | { kind: 'path'; points: Point[]; stroke?: Tone; fill?: Tone; width?: number; dash?: string }
  | {
      kind: 'text';
      x: number;
      y: number;
      text: string;
      fill: Tone;
      size: number;
      anchor: 'start' | 'middle' | 'end';
      bold: boolean;
    };

/** A part of a picture that the keyboard can reach, and what is read out of it. */
export type Mark = { x: number; y: number; width: number; height: number; label: string };

/** A picture without a renderer: in pixels, for whatever draws SVG. Texts in it may be from upstream. */
export type Scene = { title: string; width: number; height: number; shapes: Shape[]; marks: Mark[] };

/** Average width of a letter in em; a wide one, so that nothing is cut in a font that is not known here. */
const LETTER_EM = 0.6;

export const textWidth = (text: string, size: number) => Array.from(text).length * size * LETTER_EM;

/** As much of a text as has room, with an ellipsis where something is missing. */
export function fitText(text: string, room: number, size: number): string {
  const letters = Array.from(text);
  const most = Math.floor(room / (size * LETTER_EM));
  if (letters.length <= most) return text;
  return most < 2 ? '' : `${letters.slice(0, most - 1).join('')}…`;
}

/** Lines of whole words that have room. */
export function wrapText(text: string, room: number, size: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    const longer = line === undefined ? word : `${line} ${word}`;
    if (line !== undefined && textWidth(longer, size) <= room) lines[lines.length - 1] = longer;
    else lines.push(fitText(word, room, size));
  }
  return lines;
}

type TextOf = { fill?: Tone; size?: number; anchor?: 'start' | 'middle' | 'end'; bold?: boolean };

export function textAt(x: number, y: number, text: string, of: TextOf = {}): Shape {
  const { fill = 'ink', size = 12, anchor = 'start', bold = false } = of;
  return { kind: 'text', x, y, text, fill, size, anchor, bold };
}

export const lineOf = (points: Point[], stroke: Tone, width = 1, dash?: string): Shape => ({
  kind: 'path',
  points,
  stroke,
  width,
  ...(dash ? { dash } : {}),
});

export const areaOf = (points: Point[], fill: Tone): Shape => ({ kind: 'path', points, fill });

export function box({ x, y, width, height }: Omit<Mark, 'label'>, fill: Tone, radius = 0): Shape {
  return { kind: 'rect', x, y, width, height, fill, ...(radius ? { radius } : {}) };
}
