import { normaliseKey, splitName } from '../../src/analysis/machines/keys.ts';
import type { KeyKind } from '../../src/analysis/machines/machine.ts';
import type { FactRow } from '../shared/facts.ts';

export type KeyRow = FactRow<'workload_key'>;

/** Origin of keys that the collection of the machines themselves stores and looks after. */
export const FROM_MACHINES = 'virtualMachines.';

/** A key as it is stored and compared. null: the value identifies nothing. */
export function toKeyRow(workloadId: string, kind: KeyKind, value: string, origin: string): KeyRow | null {
  const normal = normaliseKey(kind, value);
  if (normal === null) return null;
  return { key_id: `${workloadId}|${kind}|${normal}`, workload_id: workloadId, kind, value: normal, origin };
}

/** What a machine calls itself: its host name, and the full one where there is a domain. */
export function nameKeys(workloadId: string, name: string, origin: string): KeyRow[] {
  const { host, domain } = splitName(name);
  const isHost = /^[a-z0-9_-]+$/.test(host);
  return [
    domain === null ? null : toKeyRow(workloadId, 'FQDN', name, origin),
    isHost ? toKeyRow(workloadId, 'HOST_NAME', host, origin) : null,
  ].filter((row) => row !== null);
}

/** Each key once, whatever the number of backups that tell it. */
export const distinctKeys = (rows: readonly KeyRow[]): KeyRow[] => [
  ...new Map(rows.map((row) => [row.key_id, row])).values(),
];
