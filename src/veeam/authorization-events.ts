import * as z from 'zod';
import type { Reading } from '../reading.ts';
import type { VeeamClient } from './client.ts';
import { words } from './enums.ts';
import { type ListEndpoint, type Page, readPages } from './pages.ts';
import { open, rowId, text } from './wire.ts';

/** A request that needs a second person's consent (four-eyes authorization). */
const authorizationEventSchema = z.object({
  id: rowId,
  name: text,
  description: text,
  state: open(words('Pending Approved Rejected Expired Info CockpitMessage')),
  creationTime: text,
  createdBy: text,
  expirationTime: text,
  processedBy: text,
  processedTime: text,
});
export type VeeamAuthorizationEvent = z.infer<typeof authorizationEventSchema>;

const PATH = '/api/v1/authorization/events';
const lists = {
  CreationTime: {
    path: PATH,
    row: authorizationEventSchema,
    orderColumn: 'CreationTime',
    byTime: { afterFilter: 'createdAfterFilter', time: (row) => row.creationTime },
  },
  ProcessedTime: {
    path: PATH,
    row: authorizationEventSchema,
    orderColumn: 'ProcessedTime',
    byTime: { afterFilter: 'processedAfterFilter', time: (row) => row.processedTime },
  },
} satisfies Record<string, ListEndpoint<VeeamAuthorizationEvent>>;

/** Four-eyes requests created, or decided, since a time; oldest first. */
export function listAuthorizationEvents(
  client: VeeamClient,
  {
    since,
    by = 'CreationTime',
    reading,
    signal,
  }: { since?: Date | undefined; by?: keyof typeof lists; reading?: Reading; signal?: AbortSignal } = {},
): AsyncGenerator<Page<VeeamAuthorizationEvent>> {
  return readPages(client, lists[by], { after: since, reading, signal });
}
