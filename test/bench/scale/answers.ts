import pg from 'pg';
import type { DatabaseSettings } from '../../../src/config/config.ts';
import { createLog } from '../../../src/log.ts';
import { AnswerError } from '../../../src/mcp/errors.ts';
import { createStore, type Store } from '../../../src/mcp/store.ts';
import { TOOLS } from '../../../src/mcp/tools.ts';
import type { Question } from './questions.ts';

/** An estate of one size, and what is asked of it. */
export type Asked = { size: string; settings: DatabaseSettings; now: Date; questions: Question[] };

export type Timing = { size: string; tool: string; what: string; ms: number[] };

export type Statement = { database: string; text: string; values: unknown[]; ms: number };

/** Every question at every size, the sizes in turn call by call: whatever else the machine does meets all of them alike. */
export async function timeAnswers(
  estates: readonly Asked[],
  calls: number,
  say: (line: string) => void,
): Promise<Timing[]> {
  const open = estates.map((estate) => ({
    ...estate,
    store: createStore(estate.settings, createLog('silent')),
  }));
  const timings: Timing[] = [];
  try {
    for (const [index, { tool, what }] of (estates[0]?.questions ?? []).entries()) {
      const rounds: { timing: Timing; ask: () => Promise<void> }[] = [];
      for (const { size, store, now, questions } of open) {
        const question = await turned(questions[index] as Question, store, now);
        rounds.push({ timing: { size, tool, what, ms: [] }, ask: () => answer(question, store, now) });
      }
      for (let call = -2; call < calls; call += 1)
        for (const { timing, ask } of rounds) {
          const start = performance.now();
          await ask();
          if (call >= 0) timing.ms.push(performance.now() - start);
        }
      timings.push(...rounds.map(({ timing }) => timing));
      say(
        `${tool}, ${what}: ${rounds.map(({ timing }) => `${timing.size} ${quantile(timing.ms, 0.5).toFixed(0)}`).join(', ')} ms`,
      );
    }
  } finally {
    for (const { store } of open) await store.close();
  }
  return timings;
}

/** The value that a share of all is at or below. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** The statement of a tool that takes longest, over all that is asked of it. */
export async function findSlowest({
  settings,
  now,
  questions,
}: Asked): Promise<Map<string, Statement & { what: string }>> {
  const store = createStore(settings, createLog('silent'));
  const slowest = new Map<string, Statement & { what: string }>();
  try {
    for (const given of questions) {
      const question = await turned(given, store, now);
      await answer(question, store, now);
      const statements = await recording(() => answer(question, store, now));
      for (const statement of statements)
        if (statement.ms > (slowest.get(question.tool)?.ms ?? 0))
          slowest.set(question.tool, { ...statement, what: question.what });
    }
  } finally {
    await store.close();
  }
  return slowest;
}

/** With the cursor of the page that is wanted. */
async function turned(question: Question, store: Store, now: Date): Promise<Question> {
  let args = question.args;
  for (let page = 0; page < (question.pages ?? 0); page += 1) {
    const { structured } = await toolOf(question).run(args, contextOf(store, now));
    if (typeof structured.next_cursor !== 'string') break;
    args = { ...question.args, cursor: structured.next_cursor };
  }
  return { ...question, args };
}

/** A name that does not exist is an answer too. */
async function answer(question: Question, store: Store, now: Date): Promise<void> {
  try {
    await toolOf(question).run(question.args, contextOf(store, now));
  } catch (error) {
    const isExpected = error instanceof AnswerError && question.what.startsWith('unknown');
    if (!isExpected) throw new Error(`${question.tool}, ${question.what}`, { cause: error });
  }
}

function toolOf({ tool: name }: Question) {
  const tool = TOOLS.find((known) => known.name === name);
  if (!tool) throw new Error(`there is no tool ${name}`);
  return tool;
}

const contextOf = ({ read, readRisk }: Store, now: Date) => ({ now, read, readRisk });

/** What any connection of this process sends meanwhile, and how long each statement took. */
async function recording(work: () => Promise<void>): Promise<Statement[]> {
  const prototype = pg.Client.prototype as unknown as Record<string, (...given: unknown[]) => unknown>;
  const query = prototype.query as (...given: unknown[]) => unknown;
  const recorded: Statement[] = [];
  prototype.query = function (this: { database?: string }, ...given: unknown[]) {
    const [{ text, values }] = given as [{ text: string; values?: unknown[] }];
    const start = performance.now();
    const result = Reflect.apply(query, this, given) as Promise<unknown>;
    const done = () =>
      recorded.push({
        database: this.database ?? '',
        text,
        values: values ?? [],
        ms: performance.now() - start,
      });
    result.then(done, () => {});
    return result;
  };
  try {
    await work();
  } finally {
    prototype.query = query;
  }
  return recorded;
}
