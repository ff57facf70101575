import * as z from 'zod';

const number = z.number().nullable();
const text = z.string().nullable();

/** What something holds, in bytes, in GB of 2^30 bytes, and in words. */
export const size = z.object({
  total_bytes: number,
  used_bytes: number,
  total_gb: number,
  used_gb: number,
  utilization_pct: number,
  display: z.string(),
});

/** When a share of the capacity is reached. */
export const threshold = z.object({
  percent: z.number(),
  status: z.string(),
  early_days: number,
  mid_days: number,
  late_days: number,
  early_date: text,
  mid_date: text,
  late_date: text,
});

export type Threshold = z.infer<typeof threshold>;
export type Size = z.infer<typeof size>;
