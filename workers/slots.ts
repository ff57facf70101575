import { createHash } from 'node:crypto';
import { createTask, parse } from 'node-cron';
import { fromZonedTime, toZonedTime } from '../src/analysis/zoned-time.ts';
import { ConfigError } from '../src/errors.ts';

/** The moments at which a worker is to run. */
export type Slots = {
  /** The newest that is not after `now`; null: none within eight years. */
  last: (now: Date) => Date | null;
  /** The first after `now`. */
  next: (now: Date) => Date | null;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 29 February comes after eight years at the latest. */
const MOST_DAYS = 8 * 366 + 1;

type Day = Readonly<{ day: number; zone: string }>;

/**
 * The slots of a cron expression in a zone. node-cron 4.6 knows what an expression means but not which slot was the last, and
 * it leaves out runs when the clocks change: a fixed hour that a change skips moves on by the gap here, one that comes twice
 * is one slot, and an expression for every hour has one in each hour that passes.
 * @throws ConfigError if it is no expression
 */
export function createSlots(name: string, cron: string, zone: string): Slots {
  const { fields, isDay } = read(name, cron);
  const isEveryHour = fields.hour.length === 24;
  const hoursOf = (day: Day) =>
    isEveryHour ? realHours(day) : fields.hour.map((hour) => namedHour(day, hour));
  const search = (now: Date, step: 1 | -1, isWanted: (instant: number) => boolean): Date | null => {
    const inOrder = <T>(list: readonly T[]) => (step > 0 ? list : list.toReversed());
    const today = toZonedTime(now.getTime(), zone).dayNumber;
    for (let count = -1; count < MOST_DAYS; count += 1) {
      const day = today + count * step;
      if (!isDay(day)) continue;
      for (const minuteOf of inOrder(hoursOf({ day, zone })))
        for (const minute of inOrder(fields.minute)) {
          const start = minuteOf(minute);
          if (!isWanted(start) && !isWanted(start + 59_000)) continue;
          for (const second of inOrder(fields.second))
            if (isWanted(start + second * 1000)) return new Date(start + second * 1000);
        }
    }
    return null;
  };
  return {
    last: (now) => search(now, -1, (instant) => instant <= now.getTime()),
    next: (now) => search(now, 1, (instant) => instant > now.getTime()),
  };
}

/** When a minute of an hour is, as an instant. */
type MinuteOf = (minute: number) => number;

const namedHour =
  ({ day, zone }: Day, hour: number): MinuteOf =>
  (minute) =>
    fromZonedTime(day, hour * 60 + minute, zone);

/** The hours that pass from midnight to midnight: 23 or 25 on two days of the year. */
function realHours({ day, zone }: Day): MinuteOf[] {
  const start = fromZonedTime(day, 0, zone);
  const hours = Math.round((fromZonedTime(day + 1, 0, zone) - start) / HOUR_MS);
  return Array.from(
    { length: hours },
    (_, hour) => (minute: number) => start + hour * HOUR_MS + minute * 60_000,
  );
}

type Fields = { second: number[]; minute: number[]; hour: number[] };

function read(name: string, cron: string): { fields: Fields; isDay: (dayNumber: number) => boolean } {
  try {
    const { second, minute, hour } = parse(cron);
    const [dayOfMonth, month, dayOfWeek] = cron.trim().split(/\s+/).slice(-3);
    // What a day has to be is asked of the library, for it knows L, W and # as well.
    const noon = createTask(`0 0 12 ${dayOfMonth} ${month} ${dayOfWeek}`, () => {}, { timezone: 'UTC' });
    void noon.destroy();
    const sorted = (list: readonly number[]) => list.toSorted((left, right) => left - right);
    return {
      fields: { second: sorted(second), minute: sorted(minute), hour: sorted(hour) },
      isDay: (day) => noon.match(new Date(day * DAY_MS + DAY_MS / 2)),
    };
  } catch (cause) {
    throw new ConfigError(`SCHEDULE_${name.toUpperCase()}=${cron} is wrong: it has to be a cron expression`, {
      cause,
    });
  }
}

/**
 * A share of `boundMs` that is always the same for the same text and looks like chance between texts: what is spread by it
 * needs no agreement.
 */
export function spread(text: string, boundMs: number): number {
  const digest = createHash('sha256').update(text).digest();
  return Math.floor((digest.readUInt32BE(0) / 2 ** 32) * boundMs);
}
