/** What a run on a source could not find out. */
export type Gap = { sourceId: string; text: string };

/** Of so few sources each line stands as it is. */
const FEW_SOURCES = 3;
/** Kinds of gaps that are named; more would leave no room for what was asked. */
const MOST_LINES = 10;

/**
 * What is not known of one source or of hundreds, in lines whose number does not grow with the sources: of many sources one
 * line for each kind of gap, with how many sources it concerns, the most frequent first. What each
 * counts is summed.
 * @param sources how many sources the answer is about
 */
export function groupGaps(gaps: readonly Gap[], sources: number): string[] {
  if (sources <= FEW_SOURCES)
    return [...Map.groupBy(gaps, ({ text }) => text)].map(([text, group]) =>
      sumUp(group).isSummed ? toLine(group, sources) : text,
    );
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
  const { text, isSummed } = sumUp(group);
  if (text === undefined) return `${first}, and the like (${count} of ${sources} sources)`;
  // A number that counts nothing, such as days that are needed, is that of each.
  const each = !isSummed && first.match(NUMBER) && count > 1 ? 'each of ' : '';
  return `${text} (${each}${count} of ${sources} sources)`;
}

/** What a number is of that is a measure, and so is no count of things. */
const UNITS = /^ ?(%|(seconds?|minutes?|min|hours?|h|days?|weeks?|months?|years?|bytes|[KMGTP]i?B)(?![\w-]))/;
/** The name of things that are counted stands in the plural, maybe after how many there are in all: "2 of 3 items". */
const COUNTED =
  /^( of \d+)?( (?!(of|in|on|at|by|to|for|from|and|or|are|not)\b)[a-z]+)? (?!(is|was|has|its|this|days|hours)\b)[a-z]+s\b/;

/** The text of several sources with the sum of what each counts; undefined: they differ in more than that. */
function sumUp(group: readonly Gap[]): { text: string | undefined; isSummed: boolean } {
  const [first = ''] = group.map(({ text }) => text);
  const rest = new Set(group.map(({ text }) => text.replace(NUMBER, '#')));
  if (rest.size > 1) return { text: undefined, isSummed: false };
  const rows = group.map(({ text }) => [...text.matchAll(NUMBER)]);
  let isSummed = false;
  let isMixed = false;
  let at = 0;
  const text = first.replace(NUMBER, (number, offset: number) => {
    const values = rows.map((row) => Number(row[at]?.[0] ?? 0));
    at += 1;
    const after = first.slice(offset + number.length);
    const isOne = new Set(values).size === 1;
    const isCount = !UNITS.test(after) && (!isOne || COUNTED.test(after));
    if (!isCount) {
      isMixed ||= !isOne;
      return number;
    }
    isSummed ||= values.length > 1;
    return String(Number(values.reduce((sum, value) => sum + value, 0).toFixed(4)));
  });
  return { text: isMixed ? undefined : text, isSummed };
}
