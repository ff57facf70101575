import { type Draft, type Scenario, takeJobs } from './draft.ts';
import { failNights, iso, noonBefore, record, startTogether } from './inject.ts';

export const proxyDown: Scenario = {
  name: 'proxy-down',
  summary: 'the host of a backup proxy is down; the jobs pinned to the proxy fail, two nights now',
  inject: (draft) => stopProxy(draft, 5, 2),
};

export function stopProxy(draft: Draft, count: number, nights: number): void {
  const { estate } = draft;
  const proxy = estate.proxies.findLast(({ kind, isDisabled }) => kind === 'ViProxy' && !isDisabled);
  const host = estate.servers[proxy?.server ?? -1];
  const other = estate.proxies.find(({ kind }) => kind === 'ViProxy');
  if (!proxy || !host || !other) return;
  const jobs = takeJobs(
    draft,
    count,
    ({ kind, schedule }) => kind === 'vsphere' && schedule.kind === 'daily',
  );
  for (const job of estate.jobs) if (job.proxy === proxy.index) job.proxy = other.index;
  for (const job of jobs) job.proxy = proxy.index;
  proxy.isOnline = false;
  host.isAvailable = false;
  startTogether(jobs, 23);
  const at = iso(noonBefore(draft, nights));
  record(draft, { kind: 'server-down', at, entity: { kind: 'server', id: host.id, name: host.name } });
  failNights(draft, jobs, nights, 'proxyDown', {
    kind: 'proxy-down',
    cause: { kind: 'proxy', id: proxy.id, text: proxy.name },
  });
}
