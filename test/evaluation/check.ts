import assert from 'node:assert/strict';
import type { Facts } from './facts.ts';

type Json = Record<string, unknown>;

/** What has to be so in the answer of one call; `$name` stands for a fact. */
export type Expected = {
  /** Which call, the first if left out. */
  call?: number;
  /** Where in the structured content: `a.b`, `list[]` for each row, `list[field=value]` for the first such row. */
  at?: string;
  is?: unknown;
  /** The same values in any order. */
  set?: unknown;
  /** These values, and perhaps more. */
  has?: unknown;
  /** Within one percent. */
  about?: unknown;
  count?: unknown;
  /** A text that begins so. */
  begins?: unknown;
  /** In the text for the model. */
  text?: string;
  /** In the summary or in what is not known. */
  said?: string;
  /** The call is refused, saying so. */
  refused?: string;
};

export type Answered = { isError: boolean; text: string; data: Json };

/** Puts facts for their names, in strings too. @throws Error for a fact that there is not */
export function withFacts<T>(value: T, facts: Facts): T {
  const fact = (name: string) => {
    assert.ok(facts[name] !== undefined, `there is no fact ${name}`);
    return facts[name];
  };
  const put = (part: unknown): unknown => {
    if (typeof part === 'string') {
      const whole = /^\$([a-z.]+)$/.exec(part)?.[1];
      return whole
        ? fact(whole)
        : part.replace(/\$\{([a-z.]+)\}/g, (_, name: string) =>
            JSON.stringify(fact(name)).replaceAll('"', ''),
          );
    }
    if (Array.isArray(part)) return part.map(put);
    if (part === null || typeof part !== 'object') return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, put(inner)]));
  };
  return put(value) as T;
}

/** The value at a path of structured content. */
export function valueAt(data: unknown, path: string): unknown {
  return path.split(/\.(?![^[]*\])/).reduce<unknown>((value, step) => {
    const [, name = '', filter] = /^([^[]*)(?:\[(.*)\])?$/.exec(step) ?? [];
    const of = (one: unknown) => (name === '' ? one : (one as Json | null | undefined)?.[name]);
    const found = Array.isArray(value) && name !== '' ? value.map(of) : of(value);
    if (filter === undefined || filter === '') return found;
    const [field = '', wanted = ''] = filter.split(/=(.*)/s);
    return (found as Json[] | undefined)?.find((row) => String(valueAt(row, field)) === wanted);
  }, data);
}

export function assertExpected(expected: Expected, answer: Answered, where: string): void {
  const { at, text, said, refused } = expected;
  if (refused !== undefined) {
    assert.ok(answer.isError, `${where}: it was answered`);
    assert.match(answer.text, new RegExp(refused, 'is'), where);
    return;
  }
  assert.ok(!answer.isError, `${where}: ${answer.text}`);
  if (text !== undefined) assert.match(answer.text, new RegExp(text, 'is'), where);
  if (said !== undefined)
    assert.match(
      [answer.data.summary, ...(answer.data.not_known as string[])].join('\n'),
      new RegExp(said, 'is'),
      where,
    );
  if (at !== undefined) assertValue(expected, valueAt(answer.data, at), `${where} ${at}`);
}

function assertValue(expected: Expected, value: unknown, where: string): void {
  const sorted = (many: unknown) => [...new Set((many as unknown[]).map(String))].sort();
  if ('is' in expected) assert.deepEqual(value, expected.is, where);
  if ('set' in expected) assert.deepEqual(sorted(value), sorted(expected.set), where);
  if ('count' in expected) assert.equal((value as unknown[]).length, expected.count, where);
  if ('begins' in expected)
    assert.ok(String(value).startsWith(String(expected.begins)), `${where}: ${String(value)}`);
  if ('has' in expected)
    for (const one of [expected.has].flat())
      assert.ok(
        (value as unknown[]).map(String).includes(String(one)),
        `${where} without ${String(one)}: ${String(value)}`,
      );
  if ('about' in expected) {
    const wanted = Number(expected.about);
    assert.ok(
      Math.abs(Number(value) - wanted) <= Math.abs(wanted) / 100,
      `${where}: ${String(value)}, not ${wanted}`,
    );
  }
}
