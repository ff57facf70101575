import * as z from 'zod';
import type { AzureJob } from '../../../azure/jobs.ts';
import { cleanOrNull, cleanText } from '../../../mcp/untrusted.ts';
import { isoOrNull } from '../../window.ts';

const OUTCOMES = ['success', 'warning', 'failed', 'cancelled', 'running', 'unknown'] as const;

/** A job as lists show it. */
export const jobRow = z.object({
  id: z.string(),
  vault: z.string(),
  entity: z.string().nullable(),
  operation: z.string().nullable(),
  status: z.string().nullable(),
  outcome: z.enum(OUTCOMES),
  start: z.string().nullable(),
  end: z.string().optional(),
  duration_s: z.number().optional(),
  user_triggered: z.boolean().optional(),
  error_summary: z.string().optional(),
});

export function toJobRow(job: AzureJob, vault: string): z.infer<typeof jobRow> {
  const { endTime, durationSeconds, isUserTriggered } = job;
  const error = errorSummary(job);
  return {
    id: cleanText(job.name, 100),
    vault,
    entity: cleanOrNull(job.entityFriendlyName, 120),
    operation: cleanOrNull(job.operation, 40),
    status: cleanOrNull(job.status, 40),
    outcome: outcomeOf(job),
    start: isoOrNull(job.startTime),
    ...(endTime ? { end: endTime.toISOString() } : {}),
    ...(durationSeconds === null ? {} : { duration_s: Math.round(durationSeconds) }),
    ...(isUserTriggered === undefined ? {} : { user_triggered: isUserTriggered }),
    ...(error === undefined ? {} : { error_summary: error }),
  };
}

const BY_STATUS: Record<string, (typeof OUTCOMES)[number]> = {
  Completed: 'success',
  CompletedWithWarnings: 'warning',
  Failed: 'failed',
  Cancelled: 'cancelled',
  InProgress: 'running',
  Cancelling: 'running',
};

/** A cancelled job has not failed. */
const outcomeOf = ({ status }: AzureJob): (typeof OUTCOMES)[number] => BY_STATUS[status ?? ''] ?? 'unknown';

function errorSummary({ errorDetails }: AzureJob): string | undefined {
  const [first, ...others] = errorDetails ?? [];
  const said = [first?.errorTitle ?? first?.errorString, first?.errorCode && `(${first.errorCode})`];
  const text = said.filter(Boolean).join(' ');
  return text ? cleanText(others.length > 0 ? `${text} and ${others.length} more` : text, 160) : undefined;
}
