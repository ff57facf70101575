import * as z from 'zod';

type Rule = Readonly<{ days: number; least: number; reason: string }>;

/**
 * How long things are kept: settings of `[retention]`, there with `_days`. Defaults, least values and reasons are those of
 * the table `retention_setting` in both databases, which a test holds them to; what of which table, `retention_rule` says.
 */
export const RETENTION = {
  sessions: { days: 400, least: 100, reason: 'reliability, incidents and restores look back 90 days' },
  samples: { days: 400, least: 100, reason: 'growth is compared over 60 days of samples' },
  vanished: {
    days: 400,
    least: 200,
    reason: 'what is usual of a backup is told from files of 180 days',
  },
  trials: {
    days: 730,
    least: 400,
    reason: 'the chance of a restore rests on trials of 365 days, and those of 400 are looked at again',
  },
  results: { days: 730, least: 400, reason: 'forecasts are held against what came for 400 days' },
  every_run: { days: 90, least: 14, reason: 'changes of the last two weeks compare single runs' },
  every_risk_run: { days: 7, least: 2, reason: 'changes since yesterday compare single runs' },
  daily_capacity: { days: 400, least: 200, reason: 'a forecast is scored up to 180 days after its day' },
  lists: {
    days: 400,
    least: 30,
    reason: 'the lists of the last month belong to the answers about it',
  },
  details: { days: 90, least: 7, reason: 'the details of the last week belong to the answers about it' },
  plans: { days: 365, least: 90, reason: 'trouble that comes back within weeks is the same plan again' },
  run_log: { days: 180, least: 60, reason: 'since when an endpoint is not read is told from the log' },
} as const satisfies Record<string, Rule>;

export type RetentionName = keyof typeof RETENTION;
/** Days by setting. */
export type Retention = Readonly<Record<RetentionName, number>>;

type Given = Partial<Record<`${RetentionName}_days`, number | undefined>>;

const NAMES = Object.keys(RETENTION) as RetentionName[];
const MOST = 36_500;

/** `[retention]`: each setting with the reason why it may not be shorter. */
export const retentionSchema = z
  .strictObject(
    Object.fromEntries(NAMES.map((name) => [`${name}_days`, daysOf(RETENTION[name])])) as Record<
      `${RetentionName}_days`,
      z.ZodOptional<z.ZodNumber>
    >,
    'it has to be a table, such as [retention] with a line sessions_days = 400',
  )
  .optional();

function daysOf({ least, reason }: Rule) {
  const right = `it has to be a whole number from ${least} to ${MOST} (days): ${reason}`;
  return z.number(right).int(right).min(least, right).max(MOST, right).optional();
}

/** What the file says, with the defaults where it says nothing. */
export function toRetention(given: Given = {}): Retention {
  return Object.fromEntries(
    NAMES.map((name) => [name, given[`${name}_days`] ?? RETENTION[name].days]),
  ) as Retention;
}

/** Pairs in which the first cannot be longer than the second, and why. */
const WITHIN: readonly [RetentionName, RetentionName, string][] = [
  ['every_risk_run', 'every_run', 'one run a day is kept between them'],
  ['every_run', 'daily_capacity', 'one run a day is kept between them'],
  ['daily_capacity', 'results', 'what is thinned has to be there'],
  ['lists', 'results', 'lists belong to their results'],
  ['details', 'results', 'details belong to their results'],
];

/** What contradicts itself: a part that would outlive its whole. Only pairs of which the file sets one. */
export function retentionProblems(given: Given = {}): { setting: string; message: string }[] {
  const days = toRetention(given);
  return WITHIN.flatMap(([inner, outer, reason]) => {
    const isSet = given[`${inner}_days`] !== undefined || given[`${outer}_days`] !== undefined;
    if (!isSet || days[inner] <= days[outer]) return [];
    const setting = `${given[`${inner}_days`] === undefined ? outer : inner}_days`;
    return [
      {
        setting,
        message: `retention.${setting} is wrong: ${inner}_days (${days[inner]}) cannot be longer than ${outer}_days (${days[outer]}), as ${reason}`,
      },
    ];
  });
}
