import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { FactRow } from '../shared/facts.ts';

/** A result of one machine, as a line of the file has it. */
export type ImportedLine = {
  line: number;
  sourceId: string;
  vmName: string;
  vmId: string | null;
  trial: FactRow<'restore_trial'>;
};
export type Checked = { lines: ImportedLine[]; problems: string[] };

const EARLIEST = Date.UTC(2000, 0, 1);
/** A clock that is this much ahead does no harm. */
const AHEAD_MS = 5 * 60_000;
const SHOWN = 60;

const OUTCOMES = { Success: 'OK', Warning: 'WARNING', Failed: 'FAILED' } as const;
const name = z
  .string()
  .trim()
  .min(1, 'it has to be a text')
  .max(256, 'it has to have at most 256 characters');
const time = z
  .string('it has to be a time such as 2026-03-01T22:00:00+01:00')
  .refine(hasOffset, 'it has to be a time with its offset, such as 2026-03-01T22:00:00+01:00 or …Z')
  .refine(isCalendarDay, 'it has to be a day of the calendar')
  .transform((text) => new Date(text))
  .refine((at) => !Number.isNaN(at.getTime()), 'it has to be a time that exists')
  .refine((at) => Number.isNaN(at.getTime()) || at.getTime() >= EARLIEST, 'it lies before 2000');

/** What a line may say; what else it says is not looked at. */
const lineSchema = z.looseObject({
  source: name.nullish(),
  jobName: name,
  sessionId: name.nullish(),
  vmName: name,
  vmId: name.nullish(),
  startTime: time,
  endTime: time.nullish(),
  result: z.enum(['Success', 'Warning', 'Failed'], 'it has to be Success, Warning or Failed'),
  bootSeconds: z
    .number('it has to be a number of seconds')
    .min(0, 'it has to be 0 or more')
    .max(604_800, 'it has to be at most a week')
    .nullish(),
  restorePointId: name.nullish(),
  message: z.string('it has to be a text').max(4_000, 'it has to have at most 4000 characters').nullish(),
  tests: z.unknown().optional(),
});
type Line = z.infer<typeof lineSchema>;

/** Every line as a trial, and for each that is wrong the first thing that is: line, field and what would be right. */
export function checkLines(text: string, sourceIds: readonly string[], now: Date): Checked {
  const lines: ImportedLine[] = [];
  const problems: string[] = [];
  for (const [index, content] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (content.trim() === '') continue;
    const checked = checkLine(content, sourceIds, now);
    if (typeof checked === 'string') problems.push(`line ${index + 1}: ${checked}`);
    else lines.push({ line: index + 1, ...checked });
  }
  if (lines.length === 0 && problems.length === 0)
    problems.push('line 1: the file is empty: it has to have one JSON object a line');
  return { lines, problems: [...problems, ...contradictions(lines)] };
}

function checkLine(
  content: string,
  sourceIds: readonly string[],
  now: Date,
): Omit<ImportedLine, 'line'> | string {
  const data = parseJson(content);
  if (data === undefined) return 'is no JSON: each line has to be one object, as {"jobName":…}';
  const parsed = lineSchema.safeParse(data);
  if (!parsed.success) return describe(parsed.error.issues[0], data);
  const given = parsed.data;
  if (given.startTime.getTime() > now.getTime() + AHEAD_MS) return 'startTime lies in the future';
  if (given.endTime && given.endTime < given.startTime) return 'endTime lies before startTime';
  const sourceId = given.source
    ? given.source.toLowerCase()
    : sourceIds.length === 1
      ? sourceIds[0]
      : undefined;
  if (!sourceId || !sourceIds.includes(sourceId)) {
    const known = sourceIds.join(', ') || 'none yet: run worker:rto once first';
    return `source ${given.source ? `${shown(given.source)} is unknown` : 'is missing'}: it has to be one of ${known}`;
  }
  return { sourceId, vmName: given.vmName, vmId: given.vmId ?? null, trial: toTrial(given, sourceId) };
}

function parseJson(content: string): unknown {
  try {
    const data: unknown = JSON.parse(content);
    return typeof data === 'object' && data !== null && !Array.isArray(data) ? data : undefined;
  } catch {
    return undefined;
  }
}

function describe(issue: z.core.$ZodIssue | undefined, data: unknown): string {
  const field = String(issue?.path[0] ?? 'line');
  const value = (data as Record<string, unknown>)[field];
  if (value === undefined || value === null) return `${field} is missing`;
  return `${field} ${shown(value)} is wrong: ${issue?.message ?? 'it has to be another'}`;
}

function hasOffset(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i.test(text);
}

/** A date such as 30 February would be read as the second of March. */
function isCalendarDay(text: string): boolean {
  const day = text.slice(0, 10);
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
}

function toTrial(given: Line, sourceId: string): FactRow<'restore_trial'> {
  const { jobName, sessionId, vmName, vmId, startTime, endTime, result } = given;
  const identity = [sourceId, jobName, sessionId ?? '', vmId ?? vmName, startTime.toISOString()];
  return {
    trial_id: `import-${createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32)}`,
    origin: 'IMPORT',
    session_id: sessionId?.toLowerCase() ?? null,
    session_type: 'SureBackup',
    class: 'SUREBACKUP',
    workload_id: null,
    mapped_by: 'NONE',
    object_name: vmName,
    job_name: jobName,
    started_at: startTime,
    ended_at: endTime ?? null,
    ready_at: null,
    ready_since: null,
    outcome: OUTCOMES[result],
    scan_result: null,
    message: given.message ?? null,
    restore_point_id: given.restorePointId?.toLowerCase() ?? null,
    point_created_at: null,
    repository_id: null,
    size_bytes: null,
    boot_seconds: given.bootSeconds ?? null,
    purpose: 'TEST',
    excluded: null,
    detail: { tests: given.tests ?? null, vm_id: vmId ?? null },
  };
}

/** The same machine at the same time with another result: which is right is not ours to say. */
function contradictions(lines: readonly ImportedLine[]): string[] {
  const first = new Map<string, ImportedLine>();
  return lines.flatMap((one) => {
    const known = first.get(one.trial.trial_id);
    if (!known) first.set(one.trial.trial_id, one);
    if (!known || known.trial.outcome === one.trial.outcome) return [];
    return [`line ${one.line}: job, machine and start are those of line ${known.line}, the result is not`];
  });
}

const shown = (value: unknown) => JSON.stringify(value)?.slice(0, SHOWN) ?? 'undefined';
