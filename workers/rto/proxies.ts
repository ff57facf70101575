import { defineCollection } from '../../src/pipeline/collect.ts';
import { listProxies, type VeeamProxy } from '../../src/veeam/proxies.ts';
import { type Context, type FactRow, markVanished, storeFacts } from '../shared/facts.ts';
import type { VeeamSource } from '../veeam-source.ts';

const seen = new WeakMap<Context, Set<string>>();

/** How many tasks each proxy does at once: with the limits of repositories, how many restores go on side by side. */
export const proxyLimits = defineCollection<VeeamSource, VeeamProxy, FactRow<'proxy_limit'>>('rto', {
  endpoint: 'proxies',
  optional: true,
  extract: async function* (context, _since, reading) {
    seen.set(context, new Set());
    for await (const { items } of listProxies(context.source.client, reading)) yield { rows: items };
  },
  transform: (items) =>
    items.map((one) => ({
      proxy_id: one.id,
      name: one.name ?? one.id,
      type: one.type ?? 'Unknown',
      task_limit: toLimit(one.server?.maxTaskCount),
    })),
  load: (trx, rows, context) => {
    for (const { proxy_id } of rows) seen.get(context)?.add(proxy_id);
    return storeFacts(trx, 'proxy_limit', 'proxy_id', rows, context);
  },
  finish: async (trx, context) => {
    await markVanished(trx, 'proxy_limit', 'proxy_id', context, seen.get(context) ?? []);
  },
});

const toLimit = (count: number | undefined) =>
  count !== undefined && Number.isInteger(count) && count >= 0 ? count : null;
