import * as z from 'zod';
import type { Reading } from '../reading.ts';
import type { VeeamClient } from './client.ts';
import { readRecorded } from './read-object.ts';
import { flag, id, number, text } from './wire.ts';

const configBackupSchema = z.object({
  isEnabled: flag,
  backupRepositoryId: id,
  restorePointsToKeep: number,
  lastSuccessfulBackup: z.object({ lastSuccessfulTime: text, sessionId: id }).optional(),
  encryption: z.object({ isEnabled: flag }).optional(),
});
export type VeeamConfigBackup = z.infer<typeof configBackupSchema>;

/** Whether the server backs up its own configuration, without which a lost server is rebuilt by hand. */
export function getConfigBackup(client: VeeamClient, reading?: Reading): Promise<VeeamConfigBackup> {
  return readRecorded(client, '/api/v1/configBackup', configBackupSchema, reading);
}
