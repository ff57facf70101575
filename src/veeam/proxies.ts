import * as z from 'zod';
import type { Reading } from '../reading.ts';
import { loose } from '../wire/lenient.ts';
import type { VeeamClient } from './client.ts';
import { words } from './enums.ts';
import { type ListEndpoint, type Page, readPages } from './pages.ts';
import { flag, id, number, open, rowId, text } from './wire.ts';

const type = open(words('ViProxy HvProxy GeneralPurposeProxy NutanixAHV PVE'));

/** Workers of Nutanix and Proxmox are offline while idle. */
const proxyStateSchema = z.object({
  id: rowId,
  name: text,
  description: text,
  type,
  hostId: id,
  hostName: text,
  isDisabled: flag,
  isOnline: flag,
  isOutOfDate: flag,
});
export type VeeamProxyState = z.infer<typeof proxyStateSchema>;

const proxySchema = z.object({
  id: rowId,
  name: text,
  description: text,
  type,
  server: loose(
    z.object({
      hostId: id,
      hostName: text,
      transportMode: text,
      failoverToNetwork: flag,
      hostToProxyEncryption: flag,
      maxTaskCount: number,
    }),
  ),
});
export type VeeamProxy = z.infer<typeof proxySchema>;

const PATH = '/api/v1/backupInfrastructure/proxies';
const states: ListEndpoint<VeeamProxyState> = {
  path: `${PATH}/states`,
  row: proxyStateSchema,
  orderColumn: 'Name',
};
const proxies: ListEndpoint<VeeamProxy> = { path: PATH, row: proxySchema, orderColumn: 'Name' };

/** How the proxies are doing now, by name. Since 1.3-rev0. */
export function listProxyStates(
  client: VeeamClient,
  reading?: Reading,
): AsyncGenerator<Page<VeeamProxyState>> {
  return readPages(client, states, { reading });
}

/** How the proxies are set up, by name; those of newer platforms only have a state. */
export function listProxies(client: VeeamClient, reading?: Reading): AsyncGenerator<Page<VeeamProxy>> {
  return readPages(client, proxies, { reading });
}
