import { userInfo } from 'node:os';
import type { CredentialSettings } from '../azure/settings.ts';
import type { WriteRecord } from '../azure/writer.ts';
import type { Log } from '../log.ts';
import { cleanText } from '../mcp/untrusted.ts';

export type Caller = { name: string; version: string };

/**
 * Logs each write of one call: who asked for it, what was sent where, and what Azure said. It is told before the request
 * leaves, so that a crash leaves a trace too. Bodies are not logged: they can hold what is nobody's business.
 */
export function createAudit(
  log: Log,
  facts: { tool: string; caller: Caller | undefined; credential: CredentialSettings },
): (record: WriteRecord) => void {
  const { name = 'unknown client', version = '' } = facts.caller ?? {};
  const who = {
    user: userName(),
    client: cleanText(`${name} ${version}`, 100),
    identity: identityOf(facts.credential),
  };
  return (record) => {
    const line = { audit: true, tool: facts.tool, ...who, ...record };
    if (record.phase === 'sent' || record.phase === 'accepted') log.info(line, `write ${record.phase}`);
    else log.warn(line, `write ${record.phase}`);
  };
}

/** Who Azure sees: the application where it is known. */
function identityOf(credential: CredentialSettings): string {
  const clientId = 'clientId' in credential ? credential.clientId : undefined;
  return clientId ? `${credential.mode} ${clientId}` : credential.mode;
}

/** An account without an entry (in a container) has a number only. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
