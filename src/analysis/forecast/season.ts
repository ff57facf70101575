import { at, type ForecastPoints, medianOf, placeInCycle } from './points.ts';

const LOOK_BACK_CYCLES = 16;
const FEWEST_CYCLES = 4;
const FEWEST_PER_PLACE = 3;
const WEAKEST = 0.1;

/**
 * Additive effect of each day of the cycle (place = day modulo season), centred on 0, from the last 16 cycles; null where
 * there is none worth using. Residuals are taken from the mean of the cycle around each day, which a straight line passes
 * unchanged, so that trend plus cycle is split exactly; the median per place ignores the odd event. METHODS 3.2 step B.
 *
 * A cycle is used if it explains a tenth of the squared residuals, each place being judged without the point itself.
 */
export function seasonalEffect(points: ForecastPoints, season: number): number[] | null {
  if (!Number.isInteger(season) || season < 2 || points.days.length < FEWEST_CYCLES * season) return null;
  const newest = at(points.days, points.days.length - 1);
  const residuals = cycleResiduals(points, season);
  const byPlace = Array.from({ length: season }, (): number[] => []);
  for (const [index, residual] of residuals.entries()) {
    const day = at(points.days, index);
    if (residual === null || day < newest - LOOK_BACK_CYCLES * season) continue;
    byPlace[placeInCycle(day, season)]?.push(residual);
  }
  if (byPlace.some((list) => list.length < FEWEST_PER_PLACE)) return null;
  const medians = byPlace.map(medianOf);
  const centre = medians.reduce((sum, value) => sum + value, 0) / season;
  const effect = medians.map((value) => value - centre);
  return strength(byPlace, effect) >= WEAKEST ? effect : null;
}

/** The series without its cycle. */
export function withoutSeason(points: ForecastPoints, effect: readonly number[] | null): ForecastPoints {
  if (effect === null) return points;
  const values = points.values.map(
    (value, index) => value - at(effect, placeInCycle(at(points.days, index), effect.length)),
  );
  return { days: points.days, values };
}

function cycleResiduals({ days, values }: ForecastPoints, season: number): (number | null)[] {
  const reach = Math.floor(season / 2);
  return values.map((value, index) => {
    let [sum, weight] = [value, 1];
    const add = (other: number): boolean => {
      const distance = Math.abs(at(days, index) - at(days, other));
      if (distance > reach) return false;
      // An even cycle is centred on a day only with half of the day at either end.
      const share = distance === reach && season % 2 === 0 ? 0.5 : 1;
      sum += share * at(values, other);
      weight += share;
      return true;
    };
    for (let other = index - 1; other >= 0 && add(other); other--);
    for (let other = index + 1; other < days.length && add(other); other++);
    return weight < season ? null : value - sum / weight;
  });
}

function strength(byPlace: readonly number[][], effect: readonly number[]): number {
  let before = 0;
  let after = 0;
  for (const [place, list] of byPlace.entries()) {
    // Left in, a point pulls its own place towards itself and any noise looks like a cycle.
    const unseen = list.length / (list.length - 1);
    for (const residual of list) {
      before += Math.abs(residual);
      after += Math.abs(residual - at(effect, place)) * unseen;
    }
  }
  return before > 0 ? 1 - (after / before) ** 2 : 0;
}
