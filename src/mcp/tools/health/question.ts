import * as z from 'zod';
import type { FindingKind } from '../../../analysis/health/finding.ts';
import type { JobStatus } from '../../../analysis/health/job-status.ts';
import { chart, everyTool, name, source } from '../../questions.ts';

export const STATUSES = [
  'FAILING',
  'LATE',
  'BREACHED',
  'NEVER',
  'WARNING',
  'OK',
  'DISABLED',
  'UNKNOWN',
] as const satisfies JobStatus[];

/** Jobs that need no attention. */
export const HEALTHY: readonly string[] = ['OK', 'DISABLED'] satisfies JobStatus[];

const FINDING_KINDS = [
  'JOB_NEVER_RAN',
  'JOB_STALE',
  'JOB_FAILING',
  'JOB_SILENT',
  'JOB_OVERDUE',
  'RETRY_DEPENDENT',
  'RELIABILITY_DEGRADING',
  'TIMING_PATTERN',
  'INCIDENT',
  'PROXY_OFFLINE',
  'SERVER_UNAVAILABLE',
  'LICENSE_EXPIRED',
  'LICENSE_EXPIRING',
  'LICENSE_EXCEEDED',
  'ANALYZER_VIOLATION',
  'ANALYZER_NOT_RUN',
  'MALWARE_DETECTED',
  'AUTHORIZATION_PENDING',
  'AUTHORIZATION_REJECTED',
  'CONFIG_BACKUP_DISABLED',
  'CONFIG_BACKUP_STALE',
  'CONFIG_BACKUP_UNENCRYPTED',
  'CLOCK_SKEW',
  'CERTIFICATE_EXPIRING',
  'ENDPOINT_FORBIDDEN',
] as const satisfies FindingKind[];

/** The arguments of get_health_status. */
export const healthInput = z.strictObject({
  job: name.describe('Id, exact name, or pattern with *').optional(),
  source,
  status: z
    .enum(['PROBLEM', 'ALL', ...STATUSES])
    .describe('PROBLEM (default): all but OK and DISABLED')
    .optional(),
  finding: z
    .enum(FINDING_KINDS)

    .optional(),
  history: z.string().max(20).describe('30d: score and runs per day; with one job, its runs').optional(),
  chart,
  ...everyTool,
});

export type HealthQuestion = z.output<typeof healthInput>;
