/** A text as PostgreSQL can store it: no NUL, no halves of surrogate pairs. */
export const toStorable = (text: string): string => text.replaceAll('\u0000', '').toWellFormed();

/** A value as JSON that PostgreSQL can store. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? toStorable(part) : part));
}
