import type { Config } from '../config/config.ts';
import type { MetricsSettings } from '../config/observability.ts';
import type { Log } from '../log.ts';
import type { IsConfigured, MetricsParts } from '../observability/metrics/start.ts';
import { programVersion } from '../pipeline/version.ts';

/**
 * What a process that runs workers offers to who watches it: the metrics endpoint, and notifications from the process that has
 * a way out, each if it is switched on.
 * @returns ends it
 * @throws ConfigError if the address cannot be listened on
 */
export async function observe(parts: MetricsParts, config: Config, log: Log): Promise<() => Promise<void>> {
  const metrics = config.metrics && (await startMetricsOf(parts, config.metrics, log));
  const notifier = parts.collectors && (await startNotifierOf(parts.collectors, config, log));
  return async () => {
    await notifier?.stop();
    await metrics?.stop();
  };
}

/** Loaded only where it is used, as is the next. */
async function startMetricsOf(parts: MetricsParts, settings: MetricsSettings, log: Log) {
  const { startMetrics } = await import('../observability/metrics/start.ts');
  return startMetrics(settings, parts, { log, clock, version: programVersion() });
}

async function startNotifierOf(
  { databases, isConfigured }: NonNullable<MetricsParts['collectors']>,
  { notify: settings }: Config,
  log: Log,
) {
  if (!settings) return undefined;
  const { startNotifier } = await import('../observability/notifications/notifier.ts');
  return startNotifier({ settings, databases, isConfigured, log, clock });
}

const clock = () => new Date();

type Sources = {
  veeam: readonly Pick<Config['veeam'][number], 'sourceId'>[];
  azure: Pick<NonNullable<Config['azure']>, 'subscriptionIds' | 'vaultNames' | 'vaults'> | undefined;
};

/** Whether a source is one of the settings. Vaults come and go with the subscriptions: any is, unless the settings name them. */
export function isConfiguredIn({ veeam, azure }: Sources): IsConfigured {
  const servers = new Set(veeam.map(({ sourceId }) => sourceId));
  const isWanted = azure ? vaultFilter(azure) : () => false;
  return ({ sourceId, kind }) => (kind === 'azure' ? isWanted(sourceId) : servers.has(sourceId));
}

/** Of ids such as `azure:<vault>:<mark>`, and `azure:subscription:<id>` for a subscription that could not be listed. */
function vaultFilter({ subscriptionIds, vaultNames, vaults }: NonNullable<Sources['azure']>) {
  const isAny = subscriptionIds.length > 0 && vaultNames.length === 0;
  const listed = new Set(subscriptionIds.map((id) => id.toLowerCase()));
  const named = new Set(
    [...vaultNames, ...vaults.map(({ vault }) => vault)].map((name) => name.toLowerCase()),
  );
  return (sourceId: string) => {
    const [, name = '', id = ''] = sourceId.toLowerCase().split(':');
    return isAny || named.has(name) || (name === 'subscription' && listed.has(id));
  };
}
