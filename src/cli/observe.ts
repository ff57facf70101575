import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { IsConfigured, MetricsParts } from '../observability/metrics/start.ts';
import { programVersion } from '../pipeline/version.ts';

/**
 * What a process that runs workers offers to who watches it: the metrics endpoint, if it is switched on.
 * @returns ends it
 * @throws ConfigError if the address cannot be listened on
 */
export async function observe(parts: MetricsParts, config: Config, log: Log): Promise<() => Promise<void>> {
  if (!config.metrics) return async () => {};
  // Loaded only where it is used.
  const { startMetrics } = await import('../observability/metrics/start.ts');
  const options = { log, clock: () => new Date(), version: programVersion() };
  const server = await startMetrics(config.metrics, parts, options);
  return server.stop;
}

/** Whether a source is one of the settings. Vaults come and go with the subscriptions, so any of Azure is. */
export function isConfiguredIn({ veeam, azure }: Config): IsConfigured {
  const servers = new Set(veeam.map(({ sourceId }) => sourceId));
  return ({ sourceId, kind }) => (kind === 'azure' ? azure !== undefined : servers.has(sourceId));
}
