import * as z from 'zod';
import { everyTool, name } from '../../questions.ts';

/** The arguments of explain_failure. */
export const failureInput = z.strictObject({
  job: name.describe('Id or name').optional(),
  workload: name.describe('Or a machine: id or name').optional(),
  session: name.describe('Id of one session; default: the last failed run').optional(),
  source: name.optional(),
  ...everyTool,
});

export type FailureQuestion = z.output<typeof failureInput>;
