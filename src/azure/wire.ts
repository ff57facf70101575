import * as z from 'zod';
import { parseArmId } from './ids.ts';
import { toSeconds, toTime, toWallTime } from './time.ts';

/**
 * How rows are read: every property may be missing or null, unknown ones are left out, enumerations are open. A property
 * of a wrong type spoils its row, since half a row would be worse than a row that is counted as unreadable.
 */
export const text = z.string().optional();
/** The empty text means that there is none. */
export const filledText = z
  .string()
  .transform((value) => value.trim() || undefined)
  .optional();
export const flag = z.union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })]).optional();
export const number = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d+(\.\d+)?$/)
      .transform(Number),
  ])
  .optional();
/** A code that is a number in some answers and text in others. */
export const code = z.union([z.string(), z.number().transform(String)]).optional();
export const texts = z.array(z.string()).optional();

/** null: missing, or one of the times that mean "never". */
export const time = z.string().optional().transform(toTime);
/** null: missing or unreadable. */
export const seconds = z.string().optional().transform(toSeconds);
export const wallTime = z
  .string()
  .optional()
  .transform((value) => (value === undefined ? null : toWallTime(value)));
export const wallTimes = z
  .array(z.string())
  .transform((values) => values.map(toWallTime).filter((value) => value !== null))
  .optional();

/** The key of another thing, from its id. */
export const keyOf = z
  .string()
  .transform((value) => (value.trim() ? parseArmId(value).key : undefined))
  .optional();

/**
 * An enumeration: known values are written as the specification does, whatever the case in which they come, and also
 * where they come as numbers; unknown values stay as they are.
 */
export function open(known: readonly string[], byNumber: readonly string[] = []) {
  const canonical = new Map(known.map((value) => [value.toLowerCase(), value]));
  return z
    .union([z.string(), z.number()])
    .transform((value) =>
      typeof value === 'number'
        ? (byNumber[value] ?? String(value))
        : (canonical.get(value.toLowerCase()) ?? value),
    )
    .optional();
}

/**
 * A resource as a flat row: its id as it came and as a key, its name, and its properties beside them.
 */
export function resource<Shape extends z.ZodRawShape>(shape: Shape) {
  return z
    .object({ id: z.string().min(1), name: text, properties: z.object(shape).prefault({} as never) })
    .transform(({ id, name, properties }) => {
      const { key, parts } = parseArmId(id);
      return { id, key, parts, name: name ?? id.split('/').at(-1) ?? id, ...properties };
    });
}
