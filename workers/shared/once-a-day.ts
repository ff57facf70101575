import { fromZonedTime, toZonedTime } from '../../src/analysis/zoned-time.ts';

/** By then the night's jobs are done. */
const DAILY_AT_MINUTE = 6 * 60;

/** The latest 06:00 in the zone of the server: what is read once a day is due again when it was read before that. */
export function lastDailyStart(now: Date, zone: string): Date {
  const { dayNumber } = toZonedTime(now.getTime(), zone);
  const today = fromZonedTime(dayNumber, DAILY_AT_MINUTE, zone);
  return new Date(today <= now.getTime() ? today : fromZonedTime(dayNumber - 1, DAILY_AT_MINUTE, zone));
}
