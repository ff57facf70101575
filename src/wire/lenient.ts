import type * as z from 'zod';

/** The row without its nulls: the API means the same by null and by leaving out. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const clean: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const part = (value as Record<string, unknown>)[key];
    if (part !== null) clean[key] = typeof part === 'object' ? withoutNulls(part) : part;
  }
  return clean;
}

/** A part that has another shape in some variants: taken where it fits, else absent. */
export function loose<Schema extends z.ZodType>(part: Schema) {
  return part.optional().catch(undefined);
}
