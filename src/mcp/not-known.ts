/** What a run on a source could not find out. */
export type Gap = { sourceId: string; text: string };

/** Of so few sources each line stands as it is. */
const FEW_SOURCES = 3;
/** Kinds of gaps that are named; more would leave no room for what was asked. */
const MOST_LINES = 10;

/**
 * What is not known of one source or of hundreds, in lines whose number does not grow with the sources: of many sources one
 * line for each kind of gap, with how many sources it concerns, the most frequent first. A number that is all in which they
 * differ is summed.
 * @param sources how many sources the answer is about
 */
export function groupGaps(gaps: readonly Gap[], sources: number): string[] {
  if (sources <= FEW_SOURCES) return [...new Set(gaps.map(({ text }) => text))];
  const groups = [...Map.groupBy(gaps, ({ text }) => maskOf(text)).values()].toSorted(
    (a, b) => countSources(b) - countSources(a),
  );
  const lines = groups.slice(0, MOST_LINES).map((group) => toLine(group, sources));
  const left = groups.slice(MOST_LINES);
  return left.length > 0
    ? [...lines, `And ${left.length} more kinds of gaps: give source to see those of one.`]
    : lines;
}

const NUMBER = /(?<![\w.:-])\d+(?:\.\d+)?(?![\w:-])/g;
const maskOf = (text: string) =>
  text
    .replace(/\d{4}-\d\d-\d\d(T[\d:.]+Z?)?/g, '#date')
    .replace(/azure:\S+?(?=[,;.]?(\s|$))/g, '#source')
    .replace(NUMBER, '#');

const countSources = (group: readonly Gap[]) => new Set(group.map(({ sourceId }) => sourceId)).size;

function toLine(group: readonly Gap[], sources: number): string {
  const texts = [...new Set(group.map(({ text }) => text))].toSorted();
  const [first = ''] = texts;
  const count = countSources(group);
  const numbers = first.match(NUMBER) ?? [];
  // The same number in each of them is no sum.
  const each = texts.length === 1 && numbers.length > 0 && count > 1 ? 'each of ' : '';
  const where = `(${each}${count} of ${sources} sources)`;
  const others = group.map(({ text }) => text.replace(NUMBER, '#'));
  if (texts.length > 1 && numbers.length === 1 && new Set(others).size === 1) {
    const total = group.reduce((sum, { text }) => sum + Number(text.match(NUMBER)?.[0] ?? 0), 0);
    return `${first.replace(NUMBER, String(Number(total.toFixed(4))))} ${where}`;
  }
  return texts.length > 1 ? `${first}, and the like ${where}` : `${first} ${where}`;
}
