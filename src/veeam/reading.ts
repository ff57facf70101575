import type { Reading } from '../pipeline/worker.ts';

export type { Reading };

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
