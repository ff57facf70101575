import * as z from 'zod';
import { ToolError } from './errors.ts';

const DAY_MS = 86_400_000;
/** Clocks differ. */
const AHEAD_MS = 5 * 60_000;

const moment = z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
  error: 'it has to be a time like 2026-03-18T12:00:00Z, or a date (its midnight in UTC)',
});

/** A time to look at. */
export const windowArgs = (usualDays: number) => ({
  from: moment
    .optional()
    .describe(
      `Time with offset, or date in UTC; default: ${usualDays === 1 ? '24 hours' : `${usualDays} days`} before to`,
    ),
  to: moment.optional().describe('default: now'),
});
type WindowArgs = { from?: string | undefined; to?: string | undefined };

/**
 * The time that arguments mean.
 * @param now of the first page, so that all pages are of one time
 * @throws ToolError `validation` if it ends before it begins, lies in the future or is longer than `mostDays`
 */
export function toWindow(
  { from, to }: WindowArgs,
  { now, usualDays, mostDays }: { now: Date; usualDays: number; mostDays: number },
): { from: Date; to: Date } {
  const end = to === undefined ? now : new Date(to);
  const start = from === undefined ? new Date(end.getTime() - usualDays * DAY_MS) : new Date(from);
  if (start >= end)
    throw badRange(
      `from (${start.toISOString()}) is not before to (${end.toISOString()})`,
      'Give a from that is earlier.',
    );
  if (start.getTime() > now.getTime() + AHEAD_MS)
    throw badRange(`from (${start.toISOString()}) is in the future`, `It is ${now.toISOString()} now.`);
  if (end.getTime() - start.getTime() > mostDays * DAY_MS)
    throw badRange(`the time is longer than ${mostDays} days`, 'Ask for parts of it.');
  return { from: start, to: end };
}

const badRange = (message: string, hint: string) =>
  new ToolError('validation', message, { code: 'bad-range', hint });

export const isoOrNull = (at: Date | null): string | null => at?.toISOString() ?? null;
