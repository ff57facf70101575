/** Characters of a name that are compared: the work grows with the square. */
const LONGEST = 60;

/** Text for comparing names as people type them: no accents, no letter case, single spaces. */
export function foldName(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim();
}

/** Whether a name fits a pattern in which `*` stands for anything. */
export function toMatcher(pattern: string): (name: string) => boolean {
  const [first = '', ...rest] = foldName(pattern).split('*');
  const last = rest.pop();
  return (name) => {
    const text = foldName(name);
    if (last === undefined) return text === first;
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at + last.length <= text.length;
  };
}

/** The names that are most like `wanted`, nearest first: those that contain it, then by edit distance. */
export function nearestNames(wanted: string, names: readonly string[], most = 3): string[] {
  const target = foldName(wanted).slice(0, LONGEST);
  const distinct = [...new Set(names)];
  const scored = distinct.map((name) => ({
    name,
    distance: distanceOf(target, foldName(name).slice(0, LONGEST)),
  }));
  scored.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return scored.slice(0, most).map(({ name }) => name);
}

function distanceOf(target: string, name: string): number {
  const edits = editDistance(target, name);
  const contains =
    target.length >= 2 && (name.includes(target) || (name.length >= 2 && target.includes(name)));
  return contains ? Math.min(edits, 1) : edits;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(change, (previous[j] as number) + 1, (current[j - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[b.length] as number;
}
