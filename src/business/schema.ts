import { validate as isCron } from 'node-cron';
import * as z from 'zod';
import { isTimeZone } from '../formats.ts';
import { patternProblem } from './glob.ts';
import { retentionSchema } from './retention.ts';
import { veeamSchema } from './source-schema.ts';

/** A number within bounds; the message is the remedy. */
function number(low: number, high: number, unit: string, isWhole = false) {
  const right = `it has to be a ${isWhole ? 'whole ' : ''}number from ${low} to ${high} (${unit})`;
  const schema = z.number(right).min(low, right).max(high, right);
  return isWhole ? schema.int(right) : schema;
}

const LIST = 'it has to be a list of texts in quotes, such as ["SQL-PROD-01", "ERP-DB"]';
const TEXT = 'it has to be a text in quotes';
const texts = z.array(
  z.string(TEXT).refine((text) => text.trim() !== '', 'it is empty: remove it'),
  LIST,
);
const patterns = z.array(
  z.string(TEXT).superRefine((pattern, context) => {
    const problem = patternProblem(pattern);
    if (problem) context.addIssue(problem);
  }),
  LIST,
);

const MACHINES =
  'it has to be a list of lists, each with the names or ids of two machines or more, such as [["erp-01", "vm-9001"]]';
const machineLists = z
  .array(
    z
      .array(
        z.string(TEXT).refine((text) => text.trim() !== '', 'it is empty: remove it'),
        MACHINES,
      )
      .min(2, MACHINES),
    MACHINES,
  )
  .optional();

const table = (example: string) => `it has to be a table, such as ${example}`;
const tier = z.strictObject(
  {
    ids: texts.optional(),
    names: texts.optional(),
    tags: texts.optional(),
    patterns: patterns.optional(),
  },
  table('[tiers.1] with a line names = ["SQL-PROD-01"]'),
);

const rpoHours = number(0.1, 8_760, 'hours').optional();
const rtoMinutes = number(1, 43_200, 'minutes').optional();
const target = z.strictObject(
  { rpo_hours: rpoHours, rto_minutes: rtoMinutes },
  table('{ rpo_hours = 4, rto_minutes = 60 }'),
);

const severity = number(0.01, 1, 'how bad it is, 1 is the loss of the data').optional();
const weight = number(0.01, 1, 'weight').optional();
const days = (high: number) => number(1, high, 'days', true).optional();
const cron = z
  .string(TEXT)
  .refine(isCron, 'it has to be a cron expression of five or six fields, such as "45 * * * *"')
  .optional();

/** Sections with the settings of each. What is not here is refused. */
export const fileSchema = z.strictObject({
  tiers: z
    .strictObject(
      { 1: tier.optional(), 2: tier.optional(), 3: tier.optional(), 4: tier.optional() },
      table('[tiers.1]'),
    )
    .optional(),
  targets: z
    .strictObject(
      {
        rpo_hours: rpoHours,
        rto_minutes: rtoMinutes,
        1: target.optional(),
        2: target.optional(),
        3: target.optional(),
        4: target.optional(),
        overrides: z.record(z.string(), target, table('[targets.overrides]')).optional(),
      },
      table('[targets.1]'),
    )
    .optional(),
  schedule: z
    .strictObject(
      {
        health: cron,
        capacity: cron,
        efficiency: cron,
        rto: cron,
        mounts: cron,
        time_zone: z
          .string(TEXT)
          .refine(isTimeZone, 'it has to be an IANA time zone such as "Europe/Berlin"')
          .optional(),
      },
      table('[schedule]'),
    )
    .optional(),
  veeam: veeamSchema,
  risk: z
    .strictObject(
      {
        severities: z
          .strictObject(
            { gap: severity, capacity: severity, integrity: severity, recover: severity },
            table('[risk.severities]'),
          )
          .optional(),
        tier_weights: z
          .strictObject(
            { 1: weight, 2: weight, 3: weight, 4: weight, assumed: weight },
            table('[risk.tier_weights]'),
          )
          .optional(),
        lead_time_days: days(730),
      },
      table('[risk]'),
    )
    .optional(),
  money: z
    .strictObject(
      {
        price_per_tb_year: number(0, 1_000_000, 'per TB and year').optional(),
        currency: z
          .string(TEXT)
          .regex(/^[A-Z]{3}$/, 'it has to be three capital letters such as "EUR"')
          .optional(),
      },
      table('[money]'),
    )
    .optional(),
  restore: z
    .strictObject(
      {
        slots: number(1, 10_000, 'restores at a time', true).optional(),
        bandwidth_gb_per_minute: number(0.001, 100_000, 'GB per minute').optional(),
        overhead_minutes: number(0, 1_440, 'minutes').optional(),
        gb_per_minute: number(0.001, 10_000, 'GB per minute').optional(),
      },
      table('[restore]'),
    )
    .optional(),
  retention: retentionSchema,
  machines: z.strictObject({ same: machineLists, different: machineLists }, table('[machines]')).optional(),
  compliance: z
    .strictObject(
      { restore_test_days: days(3_650), verification_days: days(3_650), observation_days: days(365) },
      table('[compliance]'),
    )
    .optional(),
});
export type FileSettings = z.infer<typeof fileSchema>;
