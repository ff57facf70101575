import * as z from 'zod';
import { everyTool, name } from '../../questions.ts';

/** The arguments of get_workload. */
export const workloadInput = z.strictObject({
  workload: name.describe('Id, exact name, or pattern with *'),
  source: name.optional(),
  ...everyTool,
});

export type WorkloadQuestion = z.output<typeof workloadInput>;
