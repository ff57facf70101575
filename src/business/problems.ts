import * as z from 'zod';
import { fileSchema } from './schema.ts';

/** One thing that is wrong in the file: where, what is written there, and what would be right. */
export type Problem = {
  path: readonly string[];
  /** The entry at fault of a list. */
  item?: string;
  message: string;
};

/** The problems that a zod issue stands for; an issue about unknown keys is a problem for each. */
export function toProblems(issue: z.core.$ZodIssue, data: unknown): Problem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(path, key) }));
  const value = valueAt(data, path);
  // An entry of a list is found by its text, as its number means nothing to a reader.
  const isEntry = typeof issue.path.at(-1) === 'number';
  // A secret that stands where it should not is not told to whoever reads the message.
  const isSecret = path.at(-1) === 'password';
  const written = value === undefined || isSecret ? '' : ` ${isEntry ? '' : '= '}${toText(value)}`;
  const setting = path.slice(0, issue.path.findLastIndex((key) => typeof key !== 'number') + 1);
  return [
    {
      path: setting,
      ...(isEntry && typeof value === 'string' && { item: value }),
      message: `${toKey(setting)}${written} is wrong: ${issue.message}`,
    },
  ];
}

/** A path as it is written in TOML: keys with other characters than letters, digits, - and _ in quotes. */
export function toKey(path: readonly string[]): string {
  return path.map((key) => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key))).join('.');
}

function unknownKey(path: string[], key: string): string {
  const name = toKey([...path, key]);
  if (path.length === 1 && path[0] === 'tiers')
    return `${name} is not known: tiers are 1, 2, 3 and 4, each a section such as [tiers.1] with names, ids, tags or patterns`;
  const known = knownKeys(path);
  const near = known.find((other) => isNear(key, other));
  return `${name} is not known: ${near ? `did you mean ${toKey([...path, near])}?` : `there are ${known.filter((other) => other !== 'password').join(', ')}`}`;
}

function knownKeys(path: readonly string[]): string[] {
  let schema: unknown = fileSchema;
  for (const key of path) {
    const inner = unwrap(schema);
    if (inner instanceof z.ZodRecord) schema = inner.valueType;
    else schema = inner instanceof z.ZodObject ? inner.shape[key] : undefined;
  }
  const found = unwrap(schema);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

const unwrap = (schema: unknown) => (schema instanceof z.ZodOptional ? schema.unwrap() : schema);

/** The same but for case and separators, or a part of it: `RPO-hours` and `rpo` for `rpo_hours`. */
function isNear(key: string, other: string): boolean {
  const [left, right] = [key, other].map((text) => text.toLowerCase().replace(/[^a-z0-9]/g, '')) as [
    string,
    string,
  ];
  return left.length > 2 && right.length > 2 && (left.includes(right) || right.includes(left));
}

function valueAt(data: unknown, path: readonly string[]): unknown {
  let value = data;
  for (const key of path)
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return value;
}

function toText(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (value instanceof Date) return 'a date';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
