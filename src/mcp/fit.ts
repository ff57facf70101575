/** Most characters of an answer, text and structured content together: 8,000 tokens at 4 characters each. */
const MOST_CHARACTERS = 32_000;
/** What an answer takes unless more is asked for: 4,000 tokens. */
const USUAL_CHARACTERS = 16_000;
/** The default number of rows per list. */
const USUAL_ROWS = 8;

/** How long an answer may be: who asks for details or for more rows gets them, up to twice the usual length. */
export function answerBudget({ detail, limit }: { detail: string; limit: number }): number {
  return detail === 'detailed' || limit > USUAL_ROWS ? MOST_CHARACTERS : USUAL_CHARACTERS;
}

export type Lists = Record<string, readonly unknown[]>;
export type Built = { structured: Record<string, unknown>; text: string };

/**
 * The answer made by `build` from as many rows as fit. Rows are dropped from the end of the list that takes most room;
 * `build` is told how many of each list are left, so that it can say what is missing.
 */
export function fitAnswer<L extends Lists, B extends Built>(
  lists: L,
  build: (kept: L) => B,
  most = MOST_CHARACTERS,
): B {
  let kept = lists;
  for (;;) {
    const built = build(kept);
    if (sizeOf(JSON.stringify(built.structured)) + sizeOf(built.text) <= most) return built;
    const largest = largestList(kept);
    if (!largest) return built;
    const rows = kept[largest] as readonly unknown[];
    kept = { ...kept, [largest]: rows.slice(0, Math.floor(rows.length * 0.8)) };
  }
}

/** Characters as people count them: what a name is made of does not decide how many rows there is room for. */
const sizeOf = (text: string): number =>
  text.replaceAll(/\\["\\]|[\ud800-\udbff][\udc00-\udfff]/g, '_').length;

/** Sums of sources give way to what somebody has to act on: they are dropped while they take half the room of it. */
const WEIGHTS: Record<string, number> = { per_source: 2 };

function largestList(lists: Lists): string | undefined {
  const sizes = Object.entries(lists).map(([name, rows]) => ({
    name,
    size: rows.length && sizeOf(JSON.stringify(rows)) * (WEIGHTS[name] ?? 1),
  }));
  sizes.sort((a, b) => b.size - a.size);
  return sizes[0]?.size ? sizes[0].name : undefined;
}
