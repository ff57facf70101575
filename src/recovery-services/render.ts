import { cleanText } from '../mcp/untrusted.ts';

/** Longest line of the text; the structured answer has values in full. */
const LONGEST = 400;
/** Texts that are made here, and worth nothing in part: whoever reads the text alone has to be able to use them. */
const WHOLE = ['handle', 'next_cursor', 'path', 'target', 'delivered_to'];
const LONGEST_WHOLE = 4000;

/** The text of an answer: one sentence, then the data, a line for each value or row. */
export function renderText(
  summary: string,
  data: Record<string, unknown>,
  warnings: readonly string[],
): string {
  const lines = Object.entries(data).flatMap(([name, value]) => renderValue(name, value));
  return [summary, ...warnings.map((warning) => `WARNING: ${warning}`), ...lines].join('\n');
}

function renderValue(name: string, value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.some((one) => typeof one === 'object'))
    return [`${name}: ${value.length}`, ...value.map((row) => `- ${inLine(row)}`)];
  return [`${name}: ${typeof value === 'object' ? inLine(value) : scalar(value, name)}`];
}

/** Values from upstream are quoted, so that no name reads as a sentence of ours. */
function inLine(value: unknown): string {
  if (typeof value !== 'object' || value === null) return scalar(value);
  if (Array.isArray(value)) return value.map(inLine).join('; ');
  const parts = Object.entries(value)
    .filter(([, part]) => part !== undefined && part !== null)
    .map(([name, part]) => `${name}=${typeof part === 'object' ? `{${inLine(part)}}` : scalar(part, name)}`);
  return parts.join(' ');
}

function scalar(value: unknown, name = ''): string {
  if (typeof value !== 'string') return String(value);
  const clean = cleanText(value, WHOLE.includes(name) ? LONGEST_WHOLE : LONGEST);
  return /^[\w.:/+-]+$/.test(clean) ? clean : JSON.stringify(clean);
}
