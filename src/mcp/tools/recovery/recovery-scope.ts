import type { OtherProtection } from '../../../queries/machines.ts';
import type { RecoveryFilter } from '../../../queries/recovery.ts';
import type { Page, PageOf } from '../../cursor.ts';
import type { Scope, ScopeRun } from '../../scope.ts';
import type { RecoveryQuestion } from './question.ts';

/** A question with its runs and its workloads found, as the parts of the answer need it. */
export type RecoveryScope = Scope & {
  question: RecoveryQuestion;
  /** The runs of all sources asked for, which a cursor belongs to; `runs` may be fewer. */
  allRuns: ScopeRun[];
  /** Workloads that are listed with another of the sources. */
  elsewhere: OtherProtection[];
  page: Page | undefined;
  pageOf: PageOf;
  filter: RecoveryFilter;
};
