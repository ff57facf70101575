import * as z from 'zod';
import { everyTool, source } from '../../questions.ts';

export const LISTS = [
  'scores',
  'capacity',
  'configuration',
  'findings',
  'risks',
  'plans',
  'compared',
] as const;
export type List = (typeof LISTS)[number];

/** The arguments of what_changed. */
export const changesInput = z.strictObject({
  since: z.string().max(60).default('24h').describe('A moment, as as_of'),
  until: z.string().max(60).describe('Default: as_of or now').optional(),
  source,
  include: z.array(z.enum(LISTS)).min(1).max(LISTS.length).describe('Default all').optional(),
  ...everyTool,
  limit: everyTool.limit.default(5),
});

export type ChangesQuestion = z.output<typeof changesInput>;
