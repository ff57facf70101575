const ZERO = '00000000-0000-0000-0000-000000000000';

/**
 * An id as we compare it: lower-case and without braces, since both vary between the API's answers. null: none given, or
 * the zero GUID, with which the API says "none". Ids that are no GUIDs are only trimmed.
 */
export function toId(id: string | null | undefined): string | null {
  const text = id?.trim().replace(/^\{(.*)\}$/, '$1');
  if (!text || text === ZERO) return null;
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text.toLowerCase() : text;
}
