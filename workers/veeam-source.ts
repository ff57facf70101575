import type { BusinessContext } from '../src/business/context.ts';
import type { VeeamServerSettings } from '../src/config/config.ts';
import { SourceError } from '../src/errors.ts';
import { systemClock } from '../src/http/clock.ts';
import type { Log } from '../src/log.ts';
import type { OpenSource, SourceSettings } from '../src/pipeline/run-worker.ts';
import { createVeeamClient, type VeeamClient } from '../src/veeam/client.ts';
import { getServerInfo, getServerTime, type VeeamServerInfo } from '../src/veeam/server.ts';
import type { ServerTime } from '../src/veeam/server-time.ts';
import { createTimeParser, type TimeParser } from '../src/veeam/time.ts';
import type { SourceFacts } from './source.ts';

/** A VBR server that is signed in to, with what a run has to know of it. */
export type VeeamSource = SourceFacts & {
  kind: 'veeam';
  client: VeeamClient;
  revision: string;
  info: VeeamServerInfo | null;
  /** Why there is no `info`: the account may not read it. */
  infoError: SourceError | null;
  time: ServerTime;
  parseTime: TimeParser;
  backfillDays: number;
};

/** The server's name in the tables: as it is configured, which is known also while it does not answer. */
export function toSource({ sourceId, name, tenant }: VeeamServerSettings): SourceSettings {
  return { sourceId, kind: 'veeam', name, tenant };
}

type OpenOptions = {
  log: Log;
  clock: () => Date;
  business: BusinessContext;
  /** Ends every request that is under way, and sends no more. */
  signal?: AbortSignal | undefined;
};

/**
 * Signs in to the server and asks for its clock.
 * @throws SourceError if it cannot be reached, trusted or signed in to
 */
export async function openVeeam(
  settings: VeeamServerSettings,
  { log, clock, business, signal }: OpenOptions,
): Promise<OpenSource<VeeamSource>> {
  const { requestBudget, backfillDays } = settings;
  const client = createVeeamClient(settings, {
    log,
    requestBudget,
    signal,
    clock: { ...systemClock, now: () => clock().getTime() },
  });
  try {
    const revision = await client.revision();
    const { info, infoError } = await readInfo(client);
    const time = await getServerTime(client);
    const source: VeeamSource = {
      kind: 'veeam',
      client,
      revision,
      info,
      infoError,
      time,
      zone: time.zone,
      parseTime: createTimeParser(time.zone),
      backfillDays,
      business,
    };
    return {
      client: source,
      now: time.serverTime,
      apiRevision: revision,
      upstreamId: info?.vbrId,
      close: () => client.close(),
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** Signing in happens here. A viewer may sign in but not read this. */
async function readInfo(client: VeeamClient): Promise<Pick<VeeamSource, 'info' | 'infoError'>> {
  try {
    return { info: await getServerInfo(client), infoError: null };
  } catch (error) {
    if (error instanceof SourceError && error.code === 'forbidden') return { info: null, infoError: error };
    throw error;
  }
}
