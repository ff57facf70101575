import type { World } from '../world.ts';
export type Truth = { scenario: string; seed: number; now: string };
export function buildTruth(world: World): Truth {
  return { scenario: world.scenario.name, seed: world.settings.seed, now: world.settings.now.toISOString() };
}
