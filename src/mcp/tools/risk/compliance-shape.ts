import * as z from 'zod';

const text = z.string().nullable();
const counts = z.record(z.string(), z.number());

export const complianceTier = z.object({
  source_id: z.string(),
  tier: z.number(),
  workloads: z.number(),
  all_proven: z.number(),
  any_broken: z.number(),
  counts: z.record(z.string(), counts),
});

const digit = z.object({
  digit: z.string(),
  status: z.string(),
  detail_status: text,
  target: z.number().nullable(),
  expires_at: text,
  reasons: z.array(z.string()),
  proof: z.array(z.object({ table: z.string(), run_id: text, id: z.string() })),
  proof_rows: z.number(),
});

export const complianceRow = z.object({
  source_id: z.string(),
  workload_id: z.string(),
  name: z.string(),
  tier: z.number().nullable(),
  copies: z.string(),
  media: z.string(),
  offsite: z.string(),
  immutable: z.string(),
  zero_errors: z.string(),
  rpo: z.string(),
  rto: z.string(),
  first_expires_at: text,
  digits: z.array(digit).optional(),
});

export type ComplianceAnswer = z.infer<typeof complianceRow>;
export type ComplianceTierAnswer = z.infer<typeof complianceTier>;
