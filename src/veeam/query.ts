type QueryValue = string | number | boolean | Date | readonly string[] | undefined;
export type Query = Record<string, QueryValue>;

/** A path with its parameters: arrays by repeating the key, times in UTC, nothing for undefined. */
export function toPathWithQuery(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) {
      parameters.append(name, one instanceof Date ? one.toISOString() : String(one));
    }
  }
  const text = parameters.toString().replaceAll('+', '%20');
  return text ? `${path}?${text}` : path;
}

/** The path without its ids, as a name for counters and messages: `/sessions/{id}/logs`. */
export function toTemplate(path: string): string {
  return path
    .replace(/^\/api\/v1(?=\/)/, '')
    .replaceAll(/\/\{?[0-9a-f]{8}-[0-9a-f-]{27}\}?(?=\/|$)/gi, '/{id}');
}
