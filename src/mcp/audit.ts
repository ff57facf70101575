import type { Log } from '../log.ts';
import type { RowMeter } from './store.ts';

/**
 * The log of one call, whose lines also say who asked, how many rows were read, and whether the client gave the call up.
 * @param caller the beginning of a token's digest, or where the client sits; never a token
 */
export function auditLog(log: Log, caller: string, meter: RowMeter, signal: AbortSignal): Log {
  const withFacts = (line: object) => ({
    ...line,
    rows: meter.rows,
    ...(signal.aborted ? { givenUp: true } : {}),
  });
  return log.child({ caller }, { formatters: { log: withFacts } });
}
