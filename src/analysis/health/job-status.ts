import type { JobHealth } from './job-health.ts';

export type JobStatus = 'OK' | 'WARNING' | 'FAILING' | 'LATE' | 'BREACHED' | 'NEVER' | 'DISABLED' | 'UNKNOWN';
export type JobPriority = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW' | 'NONE';

type Measured = Omit<JobHealth, 'status' | 'priority'>;

/**
 * One word for a job, the worst that applies: NEVER and BREACHED (nothing fresh to restore from) before FAILING (two or
 * more runs failed in a row), LATE, WARNING (last run not clean, silent or overdue), OK. DISABLED jobs are not judged, and
 * a job without runs of which not even the switch is known is UNKNOWN, not OK.
 */
export function statusOf(health: Measured): JobStatus {
  if (health.job.isEnabled === false) return 'DISABLED';
  if (health.freshness.class === 'NEVER') return health.job.isEnabled === null ? 'UNKNOWN' : 'NEVER';
  if (health.freshness.class === 'BREACHED') return 'BREACHED';
  if (health.streak >= 2) return 'FAILING';
  if (health.freshness.class === 'LATE') return 'LATE';
  // A fresh job can be one whose only good run is remembered by the inventory alone: then no outcome is known.
  const isClean = health.lastOutcome === 'SUCCESS' || health.lastOutcome === null;
  return isClean && !health.isSilent && !health.isOverdue ? 'OK' : 'WARNING';
}

/**
 * Order of attention (METHODS 1.1 and 4: below 50 % HIGH, below 80 % MEDIUM; CRITICAL is used here): CRITICAL without a
 * fresh restore point; HIGH when failing in a row, silent, or rated below 50 %; MEDIUM when late, below 80 %, degrading,
 * overdue or dependent on retries; LOW otherwise; NONE for disabled jobs. The rate is the one pulled toward the fleet, so
 * that one failed run of a new job is not yet HIGH.
 */
export function priorityOf(health: Measured): JobPriority {
  if (health.job.isEnabled === false) return 'NONE';
  const { class: fresh } = health.freshness;
  if (fresh === 'NEVER' || fresh === 'BREACHED') return 'CRITICAL';
  const rate = health.rankRate ?? 1;
  if (health.streak >= 2 || health.isSilent || rate < 0.5) return 'HIGH';
  const isUneasy = health.isOverdue || health.retries.isDependent || health.trend.class === 'DEGRADING';
  return fresh === 'LATE' || rate < 0.8 || isUneasy ? 'MEDIUM' : 'LOW';
}
