import * as z from 'zod';
import type { Reading } from '../reading.ts';
import type { VeeamClient } from './client.ts';
import { readRecorded } from './read-object.ts';
import { flag, number, open, text } from './wire.ts';

export { getServerTime } from './server-time.ts';

const serverInfoSchema = z.object({
  /** The server's stable id. */
  vbrId: text,
  /** Short host name. */
  name: text,
  buildVersion: text,
  patches: z.array(z.string()).optional(),
  databaseVendor: text,
  sqlServerEdition: text,
  sqlServerVersion: text,
  databaseSchemaVersion: text,
  databaseContentVersion: text,
  platform: open(['Windows', 'Linux']),
});
export type VeeamServerInfo = z.infer<typeof serverInfoSchema>;

/** Name, build and platform. A changed build makes the client ask again which API revision to speak. */
export async function getServerInfo(client: VeeamClient, reading?: Reading): Promise<VeeamServerInfo> {
  const info = await readRecorded(client, '/api/v1/serverInfo', serverInfoSchema, reading);
  if (info.buildVersion) client.observeBuild(info.buildVersion);
  return info;
}

const certificateSchema = z
  .object({
    /** Of an algorithm that the API does not name. */
    thumbprint: text,
    thumprint: text,
    serialNumber: text,
    keyAlgorithm: text,
    keySize: z.union([text, number]),
    subject: text,
    issuedTo: text,
    issuedBy: text,
    validFrom: text,
    /** The end of its validity; the API spells it so. */
    validBy: text,
    isTrusted: flag,
  })
  .transform(({ thumprint, ...rest }) => ({ ...rest, thumbprint: rest.thumbprint ?? thumprint }));
export type VeeamCertificate = z.infer<typeof certificateSchema>;

/** The certificate of the server's services, without signing in. */
export function getServerCertificate(client: VeeamClient, reading?: Reading): Promise<VeeamCertificate> {
  return readRecorded(client, '/api/v1/serverCertificate', certificateSchema, reading);
}
