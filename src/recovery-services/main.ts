import type { Readable, Writable } from 'node:stream';
import type { ConnectionOptions } from '../azure/connection.ts';
import type { RecoveryServicesSettings } from '../config/recovery-services-section.ts';
import { createLog, type Log } from '../log.ts';
import { serveStdio } from '../mcp/stdio.ts';
import { createProgram } from './program.ts';
import { createRecoveryServicesServer } from './server.ts';

export type RecoveryServicesIo = {
  stdin: Readable;
  stdout: Writable;
  log: Log;
  connection: ConnectionOptions;
};

/**
 * The Azure Backup server on stdin and stdout, until the client goes away or the process is asked to end. Nothing is sent
 * before the first call, and no library of Microsoft's is loaded.
 * @returns the exit code
 * @throws ConfigError if an address, the CA file or the certificate of the credential cannot be used
 */
export async function runRecoveryServices(
  settings: RecoveryServicesSettings,
  io: Partial<RecoveryServicesIo> = {},
): Promise<number> {
  const { stdin = process.stdin, stdout = process.stdout, log = createLog('info'), connection = {} } = io;
  for (const looked of settings.lookedAt) log.debug(looked, 'configuration looked at');
  const { allowWrites, allowDestructive, vaults, subscriptionIds } = settings;
  const facts = {
    vaults: vaults.length,
    subscriptions: subscriptionIds.length,
    allowWrites,
    allowDestructive,
  };
  log.debug(facts, 'configuration');
  const program = createProgram(settings, log, connection);
  program.connection(); // it sends nothing: a file that cannot be used ends the process here, not the first call
  const reason = await serveStdio({ ...createRecoveryServicesServer(program), stdin, stdout, log });
  await program.close();
  log.info({ reason }, 'MCP server ended');
  return 0;
}
