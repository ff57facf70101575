/** What was sent to one endpoint. `ms` is the sum over its requests, `bytes` what came back as bodies. */
export type EndpointCounter = { requests: number; retries: number; bytes: number; ms: number };

/** Filled in by the caller's own record, for instance the one of an endpoint of a run. */
export type Tally = { requests: number; retries: number };

export type Counters = {
  add: (endpoint: string, request: { retry: boolean; bytes: number; ms: number }) => void;
  snapshot: () => Record<string, EndpointCounter>;
};

export function createCounters(): Counters {
  const byEndpoint = new Map<string, EndpointCounter>();
  return {
    add: (endpoint, { retry, bytes, ms }) => {
      const counter = byEndpoint.get(endpoint) ?? { requests: 0, retries: 0, bytes: 0, ms: 0 };
      byEndpoint.set(endpoint, {
        requests: counter.requests + 1,
        retries: counter.retries + (retry ? 1 : 0),
        bytes: counter.bytes + bytes,
        ms: counter.ms + ms,
      });
    },
    snapshot: () => Object.fromEntries([...byEndpoint].map(([name, counter]) => [name, { ...counter }])),
  };
}
