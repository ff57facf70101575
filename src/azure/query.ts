export type Query = Record<string, string | number | undefined>;

/** A path with its parameters, encoded as Azure's own clients do: `%20` and `%27`, `$` as it is. */
export function toPathWithQuery(path: string, apiVersion: string, query: Query = {}): string {
  const parameters = Object.entries({ 'api-version': apiVersion, ...query })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encode(name).replace(/^%24/, '$')}=${encode(String(value))}`);
  return `${path}?${parameters.join('&')}`;
}

/**
 * A filter in the small subset of OData that Azure Backup knows: `a eq 'x' and b eq 'y'`. undefined: nothing to filter by.
 */
export function toFilter(conditions: Record<string, string | undefined>): string | undefined {
  const parts = Object.entries(conditions)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} eq '${value?.replaceAll("'", "''")}'`);
  return parts.length > 0 ? parts.join(' and ') : undefined;
}

/** The path without its names, for counters and messages: `/vaults/{name}/backupJobs`. */
export function toTemplate(path: string): string {
  const [, below] = /\/providers\/[^/]+(\/.*)$/i.exec(path) ?? [];
  const segments = (below ?? path).split('/').slice(1);
  return segments.map((segment, index) => (index % 2 === 0 ? `/${segment}` : '/{name}')).join('');
}

const encode = (text: string) => encodeURIComponent(text).replaceAll("'", '%27');
