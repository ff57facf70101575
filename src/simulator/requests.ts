/** One answered request, as tests and the demo count them. */
export type RequestRecord = {
  method: string;
  path: string;
  query: string;
  status: number;
  bytes: number;
  rows: number;
};

export type Requests = {
  /** The newest ones, at least 10,000 if there were as many. */
  list: () => RequestRecord[];
  count: (path?: string) => number;
  /** Rows of lists served. */
  rows: (path?: string) => number;
  bytes: () => number;
  clear: () => void;
};

const KEPT = 10_000;

export function createRequests(): Requests & { record: (record: RequestRecord) => void } {
  let kept: RequestRecord[] = [];
  let totals = new Map<string, { count: number; rows: number }>();
  let bytes = 0;
  const sum = (path: string | undefined, of: 'count' | 'rows') =>
    path === undefined
      ? [...totals.values()].reduce((total, one) => total + one[of], 0)
      : (totals.get(path)?.[of] ?? 0);
  return {
    record: (record) => {
      const { count = 0, rows = 0 } = totals.get(record.path) ?? {};
      totals.set(record.path, { count: count + 1, rows: rows + record.rows });
      bytes += record.bytes;
      kept.push(record);
      if (kept.length > KEPT * 2) kept = kept.slice(-KEPT);
    },
    list: () => [...kept],
    count: (path) => sum(path, 'count'),
    rows: (path) => sum(path, 'rows'),
    bytes: () => bytes,
    clear: () => {
      kept = [];
      totals = new Map();
      bytes = 0;
    },
  };
}
