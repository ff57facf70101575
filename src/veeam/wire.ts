import * as z from 'zod';
import { toId } from './ids.ts';

/**
 * How rows are read: every property may be missing or null, unknown ones are left out, enumerations are open. A property
 * of a wrong type spoils its row, since half a row would be worse than a row that is counted as unreadable.
 */
export const text = z.string().optional();
export const flag = z.boolean().optional();

/** Large numbers come as text from some serialisers. */
const anyNumber = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .transform(Number),
]);
export const number = anyNumber.optional();

/** An id that may be missing; the zero GUID is missing too. */
export const id = z
  .string()
  .transform((value) => toId(value) ?? undefined)
  .optional();

/** The id that makes a row a row. */
export const rowId = z.string().transform((value, context) => {
  const known = toId(value);
  if (known !== null) return known;
  context.addIssue({ code: 'custom', message: 'is the zero id' });
  return z.NEVER;
});

/** A list of texts, also where the API gives one text. */
export const texts = z.union([z.array(z.string()), z.string().transform((value) => [value])]).optional();

export const ids = z
  .array(z.string())
  .transform((values) => values.map(toId).filter((value) => value !== null))
  .optional();

/**
 * An enumeration whose known values are written as the newest revision does, whatever the case in which they come;
 * unknown values stay as they are.
 */
export function open(known: readonly string[], aliases: Record<string, string> = {}) {
  const canonical = new Map(known.map((value) => [value.toLowerCase(), value]));
  for (const [alias, value] of Object.entries(aliases)) canonical.set(alias.toLowerCase(), value);
  return z
    .string()
    .transform((value) => canonical.get(value.toLowerCase()) ?? value)
    .optional();
}
