import type { Theme } from './palette.ts';
import { paletteOf } from './palette.ts';
import { pathOf } from './path.ts';
import type { Scene, Shape } from './scene.ts';

const SPECIAL: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeXml = (text: string) => text.replace(/[&<>"']/g, (sign) => SPECIAL[sign] ?? sign);
const at = (value: number) => String(Number(value.toFixed(1)));

/** The picture as an SVG document of one theme. Texts are escaped: they may be from upstream. */
export function toSvg({ width, height, shapes, title }: Scene, theme: Theme, font: string): string {
  const colours = paletteOf(theme);
  const fillOf = (tone: keyof typeof colours) => (tone === 'unknown' ? 'url(#hatch)' : colours[tone]);
  const body = shapes.map((shape) => toElement(shape, fillOf)).join('');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${at(width)}" height="${at(height)}" font-family="${font}">`,
    `<title>${escapeXml(title)}</title>`,
    `<defs><pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="${colours.unknown}"/>`,
    `<path d="M0 8L8 0" stroke="${colours.grid}" stroke-width="1.2"/></pattern></defs>`,
    `<rect width="100%" height="100%" fill="${colours.paper}"/>${body}</svg>`,
  ].join('');
}

type Colour = (tone: NonNullable<Extract<Shape, { kind: 'path' }>['fill']>) => string;

function toElement(shape: Shape, colour: Colour): string {
  if (shape.kind === 'rect') {
    const { x, y, width, height, fill, radius = 0 } = shape;
    return `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" rx="${radius}" fill="${colour(fill)}"/>`;
  }
  if (shape.kind === 'path') {
    const { points, stroke, fill, width = 1, dash } = shape;
    const line = stroke ? ` stroke="${colour(stroke)}" stroke-width="${width}"` : '';
    const dashes = dash ? ` stroke-dasharray="${dash}"` : '';
    return `<path d="${pathOf(points)}" fill="${fill ? colour(fill) : 'none'}"${line}${dashes}/>`;
  }
  const { x, y, text, fill, size, anchor, bold } = shape;
  const weight = bold ? ' font-weight="bold"' : '';
  return `<text x="${at(x)}" y="${at(y)}" font-size="${size}" text-anchor="${anchor}"${weight} fill="${colour(fill)}">${escapeXml(text)}</text>`;
}
