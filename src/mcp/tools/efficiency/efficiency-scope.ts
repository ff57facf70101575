import type { EfficiencyFilter, SourcePair } from '../../../queries/efficiency-filter.ts';
import type { Page, PageOf } from '../../cursor.ts';
import type { Scope } from '../../scope.ts';
import type { EfficiencyQuestion } from './question.ts';

/** What names in a question came to. */
export type About = {
  filter: EfficiencyFilter;
  /** Backups in the repositories that are asked for. */
  backupsThere: SourcePair[] | undefined;
  /** The one job that is asked for. */
  one: SourcePair | undefined;
  /** What of it nobody knows. */
  notKnown: string[];
  /** Whether nothing narrows the question. */
  isAll: boolean;
};

/** A question with its runs found, and what it is about, as the parts of the answer need it. */
export type EfficiencyScope = Scope & {
  question: EfficiencyQuestion;
  page: Page | undefined;
  pageOf: PageOf;
};
