import type { Point } from './scene.ts';

const at = (value: number) => String(Number(value.toFixed(1)));

/** The `d` of a path through points. */
export const pathOf = (points: readonly Point[]) =>
  points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${at(x)} ${at(y)}`).join('');
