import type { Tool } from './registry.ts';
import { getHealthStatus } from './tools/get-health-status.ts';

/** All tools, by name. */
export const TOOLS: readonly Tool[] = [getHealthStatus].sort((a, b) => (a.name < b.name ? -1 : 1));
