import type { Page, PageOf } from '../../cursor.ts';
import type { Scope } from '../../scope.ts';
import type { CapacityQuestion } from './question.ts';

/** A question with its runs found, as the parts of the answer need it. */
export type CapacityScope = Scope & { question: CapacityQuestion; page: Page | undefined; pageOf: PageOf };
