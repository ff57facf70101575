import { pathOf } from '../../charts/path.ts';
import type { Scene, Shape, Tone } from '../../charts/scene.ts';
import { browser, byId, type Element, type ViewEvent } from './dom.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** Puts a scene upon the page. Text goes in as text, whatever it looks like: names in it are from backup servers. */
export function paint(scene: Scene): void {
  const svg = element('svg', {
    viewBox: `0 0 ${scene.width} ${scene.height}`,
    width: scene.width,
    height: scene.height,
    role: 'group',
    'aria-label': scene.title,
  });
  svg.append(hatch(), ...scene.shapes.map(toElement), ...toMarks(scene));
  byId('chart').replaceChildren(svg);
}

function element(tag: string, attributes: Record<string, string | number>): Element {
  const made = browser.document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

function hatch(): Element {
  const pattern = element('pattern', { id: 'hatch', width: 8, height: 8, patternUnits: 'userSpaceOnUse' });
  pattern.append(
    element('rect', { width: 8, height: 8, fill: 'var(--unknown)' }),
    element('path', { d: 'M0 8L8 0', stroke: 'var(--grid)', 'stroke-width': 1.2 }),
  );
  const defs = element('defs', {});
  defs.append(pattern);
  return defs;
}

const colour = (tone: Tone) => (tone === 'unknown' ? 'url(#hatch)' : `var(--${tone})`);

function toElement(shape: Shape): Element {
  if (shape.kind === 'rect') {
    const { x, y, width, height, fill, radius = 0 } = shape;
    return element('rect', { x, y, width, height, rx: radius, fill: colour(fill) });
  }
  if (shape.kind === 'path') {
    const { points, stroke, fill, width = 1, dash = '' } = shape;
    return element('path', {
      d: pathOf(points),
      fill: fill ? colour(fill) : 'none',
      stroke: stroke ? colour(stroke) : 'none',
      'stroke-width': width,
      'stroke-dasharray': dash,
    });
  }
  const { x, y, text, fill, size, anchor, bold } = shape;
  const made = element('text', {
    x,
    y,
    fill: colour(fill),
    'font-size': size,
    'text-anchor': anchor,
    'font-weight': bold ? 600 : 400,
  });
  made.textContent = text;
  return made;
}

/** Tab reaches the picture once; the arrow keys go from part to part, and each is read out below. */
function toMarks({ marks }: Scene): Element[] {
  const made = marks.map(({ x, y, width, height, label }, index) => {
    const mark = element('rect', { x, y, width, height, class: 'mark', role: 'img', 'aria-label': label });
    mark.setAttribute('tabindex', index === 0 ? '0' : '-1');
    const say = () => {
      byId('readout').textContent = label;
    };
    mark.addEventListener('focus', say);
    mark.addEventListener('pointerenter', say);
    return mark;
  });
  made.forEach((mark, index) => mark.addEventListener('keydown', (event) => move(made, index, event)));
  return made;
}

const STEPS: Record<string, (index: number, last: number) => number> = {
  ArrowRight: (index) => index + 1,
  ArrowDown: (index) => index + 1,
  ArrowLeft: (index) => index - 1,
  ArrowUp: (index) => index - 1,
  Home: () => 0,
  End: (_index, last) => last,
};

function move(marks: Element[], index: number, event: ViewEvent): void {
  const to = marks[STEPS[event.key]?.(index, marks.length - 1) ?? -1];
  if (!to) return;
  event.preventDefault();
  marks[index]?.setAttribute('tabindex', '-1');
  to.setAttribute('tabindex', '0');
  to.focus();
}
