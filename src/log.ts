import { type DestinationStream, type Logger, pino } from 'pino';
import { currentRun } from './observability/run-context.ts';
import { redactText, redactValue } from './observability/secrets.ts';

export type Log = Logger;

/**
 * JSON lines on stderr, since stdout belongs to protocols and reports. A line that is written while a run goes on says of
 * which: worker, source and runId. No secret gets out, neither by its name nor by its looks nor one that the settings hold.
 */
export function createLog(
  level: string,
  destination: DestinationStream = pino.destination({ fd: 2, sync: true }),
): Log {
  return pino(
    {
      level,
      base: null,
      mixin: () => ({ ...currentRun() }),
      hooks: { streamWrite: redactLine },
    },
    destination,
  );
}

/** The finished line, so that nothing gets past: message, fields of children, errors with their stacks and causes. */
function redactLine(line: string): string {
  try {
    return `${JSON.stringify(redactValue(JSON.parse(line)))}\n`;
  } catch {
    return redactText(line);
  }
}
