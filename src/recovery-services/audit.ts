import { userInfo } from 'node:os';
import type { WriteRecord } from '../azure/writer.ts';
import type { Log } from '../log.ts';

export type Caller = { name: string; version: string };

/**
 * Logs each write of one call: who asked for it, what was sent where, and what Azure said. It is told before the request
 * leaves, so that a crash leaves a trace too. Bodies are not logged: they can hold what is nobody's business.
 */
export function createAudit(
  log: Log,
  facts: { tool: string; caller: Caller | undefined },
): (record: WriteRecord) => void {
  const { name = 'unknown client', version = '' } = facts.caller ?? {};
  const who = { user: userName(), client: `${name} ${version}`.trim() };
  return (record) => {
    const line = { audit: true, tool: facts.tool, ...who, ...record };
    if (record.phase === 'sent' || record.phase === 'accepted') log.info(line, `write ${record.phase}`);
    else log.warn(line, `write ${record.phase}`);
  };
}

/** An account without an entry (in a container) has a number only. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
