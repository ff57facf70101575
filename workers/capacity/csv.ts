export type CsvLine = { line: number; cells: string[] };

/**
 * Lines of a CSV file (RFC 4180): quoted cells may hold separators, quotes (doubled) and line breaks; `line` is where a
 * row begins, from 1. Empty lines are left out. The separator is the one of comma, semicolon and tab that the first line
 * has most of.
 */
export function parseCsv(text: string): CsvLine[] {
  const body = text.replace(/^\uFEFF/, '');
  const separator = separatorOf(body);
  const rows: CsvLine[] = [];
  let [line, start, cells, cell, quoted, wasQuoted] = [1, 1, [] as string[], '', false, false];
  const endCell = () => {
    cells.push(wasQuoted ? cell : cell.trim());
    [cell, wasQuoted] = ['', false];
  };
  const endRow = () => {
    endCell();
    if (cells.some((one) => one !== '')) rows.push({ line: start, cells });
    cells = [];
  };
  for (let i = 0; i < body.length; i++) {
    const char = body[i] as string;
    if (char === '\n') line += 1;
    if (quoted) {
      if (char !== '"') cell += char;
      else if (body[i + 1] === '"') cell += body[++i];
      else quoted = false;
    } else if (char === '"' && cell.trim() === '') [cell, quoted, wasQuoted] = ['', true, true];
    else if (char === separator) endCell();
    else if (char === '\n') {
      endRow();
      start = line;
    } else if (char !== '\r') cell += char;
  }
  endRow();
  return rows;
}

function separatorOf(text: string): string {
  const header = text.slice(0, /\r?\n|$/.exec(text)?.index ?? text.length);
  const count = (separator: string) => header.split(separator).length;
  return [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best));
}
