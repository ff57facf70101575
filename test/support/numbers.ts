/** All numbers in a value, and all strings of it in one text. */
export function contentsOf(value: unknown): { numbers: Set<string>; strings: string } {
  const numbers = new Set<string>();
  const strings: string[] = [];
  const visit = (part: unknown): void => {
    if (typeof part === 'number') numbers.add(String(part));
    else if (typeof part === 'string') strings.push(part);
    else if (Array.isArray(part)) {
      numbers.add(String(part.length)); // "2 of 7" counts rows that stand in the list
      part.forEach(visit);
    } else if (part && typeof part === 'object') {
      for (const [field, inner] of Object.entries(part)) {
        for (const number of field.match(/(?<=_)\d+(?=_)/g) ?? []) numbers.add(number); // percent_per_30_days
        visit(inner);
      }
    }
  };
  visit(value);
  return { numbers, strings: strings.join('\n') };
}

/** Numbers in a text of ours; names, times and ids, which stand in code spans or have their own form, are left out. */
export function numbersIn(text: string): string[] {
  const bare = text
    .replace(/`[^`]*`/g, ' ')
    .replace(/\{"[^}]*\}/g, ' ')
    .replace(/\d{4}-\d\d-\d\d(T[\d:.]+Z)?/g, ' ')
    .replace(/cursor=\S+/g, ' ')
    .replace(/\b\d\d:\d\d\b/g, ' ');
  return bare.match(/(?<![\w.])-?\d+(\.\d+)?(e-?\d+)?(?![\w])/g) ?? [];
}
