import type { OtherProtection } from '../../../queries/machines.ts';
import type { Page, PageOf } from '../../cursor.ts';
import type { Scope } from '../../scope.ts';
import type { PlanQuestion } from './question.ts';

/** A question with its runs found, as the parts of the answer need it. */
export type PlanScope = Scope & {
  question: PlanQuestion;
  page: Page | undefined;
  pageOf: PageOf;
  /** Workloads that are listed with another of the sources. */
  elsewhere: OtherProtection[];
};
