import type { Tool } from './registry.ts';
import { getCapacityForecast } from './tools/get-capacity-forecast.ts';
import { getHealthStatus } from './tools/get-health-status.ts';

/** All tools, by name. */
export const TOOLS: readonly Tool[] = [getCapacityForecast, getHealthStatus].sort((a, b) =>
  a.name < b.name ? -1 : 1,
);
