import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { breakerChanged, notificationTried, requestSent, runEnded, toolCalled } from '../signals.ts';

/** From a quick look at a small server to the first back-fill of a large one. */
const RUN_SECONDS = [1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];
const CALL_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What collectors do; the rest is of the parts that are named. */
type Part = 'collectors' | 'advisor' | 'mcp';

/**
 * Counts what this process does from now on, and only for the parts that it has. Labels are bounded: workers, sources,
 * upstream addresses, tools and words of ours; never names of jobs or machines.
 * @returns ends the counting
 */
export function countWork(registry: Registry, parts: ReadonlySet<Part>): () => void {
  const ends = [
    ...(parts.has('collectors') || parts.has('advisor') ? [countRuns(registry)] : []),
    ...(parts.has('collectors')
      ? [countRequests(registry), watchBreakers(registry), countNotifications(registry)]
      : []),
    ...(parts.has('mcp') ? [countCalls(registry)] : []),
  ];
  return () => {
    for (const end of ends) end();
  };
}

function countRuns(registry: Registry): () => void {
  const registers = [registry];
  const runs = new Counter({
    name: 'dr365_runs_total',
    help: 'Runs that ended, by how: succeeded, partial (an endpoint could not be read) or failed',
    labelNames: ['worker', 'source', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'dr365_run_duration_seconds',
    help: 'How long runs took',
    labelNames: ['worker'],
    buckets: RUN_SECONDS,
    registers,
  });
  const rows = new Counter({
    name: 'dr365_run_rows_total',
    help: 'Rows that runs stored',
    labelNames: ['worker', 'source'],
    registers,
  });
  return runEnded.listen(({ worker, source, status, rowsLoaded, seconds: took }) => {
    runs.inc({ worker, source, status });
    // A series that begins with 1 has no increase: what fails for the first time would not be seen.
    runs.inc({ worker, source, status: 'failed' }, 0);
    seconds.observe({ worker }, took);
    rows.inc({ worker, source }, rowsLoaded);
  });
}

function countRequests(registry: Registry): () => void {
  const registers = [registry];
  const labelNames = ['worker', 'source'];
  const requests = new Counter({
    name: 'dr365_requests_total',
    help: 'Requests to backup servers and Azure, retries included; code none: no answer came',
    labelNames: [...labelNames, 'code'],
    registers,
  });
  const retries = new Counter({
    name: 'dr365_request_retries_total',
    help: 'Requests that were sent again',
    labelNames,
    registers,
  });
  const throttled = new Counter({
    name: 'dr365_requests_throttled_total',
    help: 'Answers that asked us to come back later (429, or 503 with Retry-After)',
    labelNames,
    registers,
  });
  return requestSent.listen(({ upstream, status, isRetry, isThrottled }, run) => {
    // What is asked before a run has begun, such as the list of vaults, belongs to the address.
    const labels = { worker: run?.worker ?? 'none', source: run?.source ?? upstream };
    requests.inc({ ...labels, code: toCode(status) });
    retries.inc(labels, isRetry ? 1 : 0);
    throttled.inc(labels, isThrottled ? 1 : 0);
  });
}

/** Few enough for a label: each hundred, and those that call for something else than the rest of theirs. */
function toCode(status: number | undefined): string {
  if (status === undefined) return 'none';
  return [401, 403, 429].includes(status) ? String(status) : `${Math.floor(status / 100)}xx`;
}

function watchBreakers(registry: Registry): () => void {
  const open = new Gauge({
    name: 'dr365_circuit_breaker_open',
    help: '1: the upstream failed so often in a row that it is left alone for a while; 0: it is asked',
    labelNames: ['upstream'],
    registers: [registry],
  });
  const opened = new Counter({
    name: 'dr365_circuit_breaker_opened_total',
    help: 'How often an upstream was begun to be left alone: at most once or so in a run',
    labelNames: ['upstream'],
    registers: [registry],
  });
  const openOf = new Map<string, Set<object>>();
  return breakerChanged.listen(({ upstream, breaker, isOpen }) => {
    const own = openOf.get(upstream) ?? new Set();
    openOf.set(upstream, own);
    opened.inc({ upstream }, isOpen && !own.has(breaker) ? 1 : 0);
    if (isOpen) own.add(breaker);
    else own.delete(breaker);
    open.set({ upstream }, own.size > 0 ? 1 : 0);
  });
}

function countNotifications(registry: Registry): () => void {
  const tried = new Counter({
    name: 'dr365_notifications_total',
    help: 'Attempts to deliver a notification: sent, retried (it failed and is tried again) or given_up',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of ['sent', 'retried', 'given_up']) tried.inc({ outcome }, 0);
  return notificationTried.listen(({ outcome }) => tried.inc({ outcome }));
}

function countCalls(registry: Registry): () => void {
  const registers = [registry];
  const calls = new Counter({
    name: 'dr365_mcp_calls_total',
    help: 'Calls of MCP tools by outcome; tool unknown: a name that no tool has',
    labelNames: ['tool', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'dr365_mcp_call_duration_seconds',
    help: 'How long calls of MCP tools took',
    labelNames: ['tool'],
    buckets: CALL_SECONDS,
    registers,
  });
  const errors = new Counter({
    name: 'dr365_mcp_call_errors_total',
    help: 'Calls of MCP tools that got no answer, because of the arguments or of an error',
    labelNames: ['tool'],
    registers,
  });
  return toolCalled.listen(({ tool = 'unknown', outcome, seconds: took }) => {
    calls.inc({ tool, outcome });
    calls.inc({ tool, outcome: 'failed' }, 0);
    seconds.observe({ tool }, took);
    errors.inc({ tool }, outcome === 'answered' ? 0 : 1);
  });
}
