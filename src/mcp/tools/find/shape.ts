import * as z from 'zod';
import { KINDS } from '../../../queries/find.ts';
import { answerShape } from '../../answer.ts';
import { everyTool, name } from '../../questions.ts';

/** The arguments of find. */
export const findInput = z.strictObject({
  name: name.describe('Part of a name, or an id; * stands for anything'),
  kind: z.enum(KINDS).optional(),
  source: name.optional(),
  ...everyTool,
});

export type FindQuestion = z.output<typeof findInput>;

const thing = z.object({
  kind: z.enum(KINDS),
  id: z.string(),
  name: z.string(),
  source_id: z.string(),
  type: z.string().nullable(),
  state: z.string(),
  ask_next: z.string(),
  matched: z.enum(['ID', 'NAME', 'START', 'WORD', 'PART']),
  /** Of a machine: sources that protect it besides. */
  also_in: z.array(z.string()).optional(),
  /** Workloads of other sources that may be the same machine, and are not taken as such. */
  maybe_same: z
    .array(z.object({ source_id: z.string(), id: z.string(), probability: z.number() }))
    .optional(),
  first_seen_at: z.string().optional(),
  gone_at: z.string().nullable().optional(),
});

const near = z.object({ kind: z.enum(KINDS), id: z.string(), name: z.string(), source_id: z.string() });

/** The answer of find. */
export const findShape = z.object({
  ...answerShape,
  searched: z.record(z.string(), z.number()),
  matching: z.record(z.string(), z.number()),
  found: z.array(thing),
  nearest: z.array(near).optional(),
});

export type FindAnswer = z.input<typeof findShape>;
export type FoundRow = z.infer<typeof thing>;
