import type { Tool } from './registry.ts';
import { analyzeRisks } from './tools/analyze-risks.ts';
import { explainFailure } from './tools/explain-failure.ts';
import { find } from './tools/find.ts';
import { getCapacityForecast } from './tools/get-capacity-forecast.ts';
import { getDataFreshness } from './tools/get-data-freshness.ts';
import { getEfficiencyMetrics } from './tools/get-efficiency-metrics.ts';
import { getHealthStatus } from './tools/get-health-status.ts';
import { getRecoveryPerformance } from './tools/get-recovery-performance.ts';
import { getRemediationPlan } from './tools/get-remediation-plan.ts';
import { getWorkload } from './tools/get-workload.ts';
import { whatChanged } from './tools/what-changed.ts';

/** All tools, by name. */
export const TOOLS: readonly Tool[] = [
  analyzeRisks,
  explainFailure,
  find,
  getCapacityForecast,
  getDataFreshness,
  getEfficiencyMetrics,
  getHealthStatus,
  getRecoveryPerformance,
  getRemediationPlan,
  getWorkload,
  whatChanged,
].sort((a, b) => (a.name < b.name ? -1 : 1));
