import type { Option, Step } from './rule.ts';

/** Hours of work, from, to. */
export interface Effort {
  lowHours: number;
  highHours: number;
}

/** What plans run over, as a factor on the upper end. */
const OVERRUN = 1.3;
const LEAST_HOURS = 0.25;

/** Investigation and one option: low as planned, high 1.3 times (METHODS 3.6). Never below a quarter of an hour. */
export function effortOf(steps: readonly Step[], [low, high]: Option['hours']): Effort {
  const hours = steps.reduce((sum, { minutes }) => sum + minutes, 0) / 60;
  return {
    lowHours: Math.max(LEAST_HOURS, hours + low),
    highHours: Math.max(LEAST_HOURS, OVERRUN * (hours + Math.max(low, high))),
  };
}

/** From the cheapest option to the dearest. */
export function effortOfAll(steps: readonly Step[], efforts: readonly Effort[]): Effort {
  if (efforts.length === 0) return effortOf(steps, [0, 0]);
  return {
    lowHours: Math.min(...efforts.map(({ lowHours }) => lowHours)),
    highHours: Math.max(...efforts.map(({ highHours }) => highHours)),
  };
}
