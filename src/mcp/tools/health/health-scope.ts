import type { Page, PageOf } from '../../cursor.ts';
import type { Scope } from '../../scope.ts';
import type { HealthQuestion } from './question.ts';

/** A question with its runs found, as the parts of the answer need it. */
export type HealthScope = Scope & { question: HealthQuestion; page: Page | undefined; pageOf: PageOf };
