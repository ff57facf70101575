/** How completely an endpoint was read; the reader fills it in while it reads. */
export type Reading = {
  endpoint: string;
  requests: number;
  retries: number;
  pages: number;
  rowsFetched: number;
  /** What the source said exists; null: it did not say. */
  rowsTotal: number | null;
  rowsRejected: number;
  duplicates: number;
  complete: boolean;
  reason?: string | undefined;
  /** What is missing is an extra that was never permitted: it is on record, and the run is no worse for it. */
  isExtra?: boolean;
  durationMs: number;
};

/** The record of how completely an endpoint is read, before anything was. */
export function createReading(endpoint: string): Reading {
  return {
    endpoint,
    requests: 0,
    retries: 0,
    pages: 0,
    rowsFetched: 0,
    rowsTotal: null,
    rowsRejected: 0,
    duplicates: 0,
    complete: false,
    durationMs: 0,
  };
}

/**
 * Adds what one part of an endpoint was read as; whether the whole is complete is for the caller to say.
 * @param rowsTotal what the part is said to have; of a list without paging that is what came
 */
export function addReading(into: Reading, part: Reading, rowsTotal = part.rowsTotal): void {
  into.requests += part.requests;
  into.retries += part.retries;
  into.pages += part.pages;
  into.rowsFetched += part.rowsFetched;
  into.rowsRejected += part.rowsRejected;
  into.duplicates += part.duplicates;
  if (rowsTotal !== null) into.rowsTotal = (into.rowsTotal ?? 0) + rowsTotal;
}

/** The parts that were not read, the first five by name. */
export function notRead(parts: readonly string[]): string {
  const shown = parts.slice(0, 5).join('; ');
  return `not read: ${shown}${parts.length > 5 ? `; and ${parts.length - 5} more` : ''}`;
}
