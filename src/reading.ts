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
