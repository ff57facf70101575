import type { Signal, SignalKind } from '../../src/analysis/risk/signals.ts';
import type { MetricsReader } from '../../src/db/connect.ts';
import { getRiskVault, getVaultWeakenedAt, listVaultItems } from '../../src/queries/risk-machines.ts';
import {
  listMalwareEvents,
  listMassDeletions,
  listOpenAnomalies,
  listRefusedRequests,
  listWeakenedImmutability,
  listWeakenedPractices,
  type MalwareRow,
} from '../../src/queries/risk-signals.ts';
import type { NewestPointRow, RiskHoldingRow } from '../../src/queries/risk-workloads.ts';
import type { Input } from './inputs.ts';

export type Signals = {
  byWorkload: Map<string, Signal[]>;
  byRepository: Map<string, Signal[]>;
  ofEstate: Signal[];
  /** Malware events that name nothing that is known. */
  unmapped: number;
};

const DAY_MS = 86_400_000;
/** What was not answered since is open so long. */
const MALWARE_DAYS = 90;
const EVENT_DAYS = 30;

/** Every open sign that backups are damaged, poisoned or under attack, by what it concerns. */
export async function readSignals(
  metrics: MetricsReader,
  sourceId: string,
  now: Date,
  known: {
    efficiency: Input;
    health: Input;
    holdings: readonly RiskHoldingRow[];
    newest: readonly NewestPointRow[];
  },
): Promise<Signals> {
  const since = (days: number) => ({ sourceId, since: new Date(now.getTime() - days * DAY_MS) });
  const { health, efficiency } = known;
  const anomalies = await listOpenAnomalies(metrics, { sourceId, efficiencyRunId: efficiency.runId });
  const events = await listMalwareEvents(metrics, since(MALWARE_DAYS));
  const practices = await listWeakenedPractices(metrics, since(EVENT_DAYS));
  const refused = await listRefusedRequests(metrics, since(EVENT_DAYS));
  const immutability = await listWeakenedImmutability(metrics, since(EVENT_DAYS));
  const deletions = await listMassDeletions(metrics, since(EVENT_DAYS));

  const byWorkload = new Map<string, Signal[]>();
  const held = Map.groupBy(known.holdings, ({ backupId }) => backupId);
  for (const { anomalyId, type, backupId, workloadIds, happenedAt } of anomalies) {
    const ofBackup = held.get(backupId ?? '')?.map(({ workloadId }) => workloadId) ?? [];
    const signal: Signal = {
      kind: type as SignalKind,
      scope: 'workload',
      at: happenedAt.getTime() - efficiency.skewMs,
      ref: { table: 'efficiency_anomaly', id: anomalyId },
    };
    for (const id of new Set(workloadIds.length > 0 ? workloadIds : ofBackup)) add(byWorkload, id, signal);
  }
  for (const row of openEvents(events, known.newest)) {
    const isInfected = row.severity?.toLowerCase() === 'infected';
    add(byWorkload, row.workloadId, {
      kind: isInfected ? 'MALWARE_INFECTED' : 'MALWARE_SUSPICIOUS',
      scope: 'workload',
      at: row.detectedAt.getTime() - health.skewMs,
      ref: { table: 'malware_event', id: row.eventId },
    });
  }
  const byRepository = new Map<string, Signal[]>();
  const ofRepository = (kind: SignalKind, table: string) => (row: { repositoryId: string; at: Date }) =>
    add(byRepository, row.repositoryId, {
      kind,
      scope: 'repository',
      at: row.at.getTime(),
      ref: { table, id: row.repositoryId },
    });
  immutability.forEach(ofRepository('IMMUTABILITY_WEAKENED', 'repository'));
  deletions.forEach(ofRepository('MASS_DELETION', 'repository'));
  for (const { repositoryId, kind, at, ref } of await vaultSignals(metrics, sourceId, now, known.holdings))
    add(byRepository, repositoryId, { kind, scope: 'repository', at, ref });
  const ofEstate: Signal[] = [
    ...refused.map(
      ({ id, at }): Signal => ({
        kind: 'FOUR_EYES_FAILED',
        scope: 'estate',
        at: at.getTime() - health.skewMs,
        ref: { table: 'authorization_event', id },
      }),
    ),
    ...practices.map(
      ({ id, at, isImmutability }): Signal => ({
        kind: isImmutability ? 'IMMUTABILITY_WEAKENED' : 'MALWARE_DETECTION_WEAKENED',
        scope: 'estate',
        at: at.getTime(),
        ref: { table: 'best_practice', id },
      }),
    ),
  ];
  const unmapped = events.filter((row) => isFound(row) && row.workloadId === null).length;
  return { byWorkload, byRepository, ofEstate, unmapped };
}

/** Deletions are many from so many items of a vault within a day, and from such a share of them. */
const FEWEST_ITEMS = 3;
const LEAST_SHARE = 0.1;

/** Guards of a vault that were taken down, and items that were deleted together, which soft delete still holds. */
async function vaultSignals(
  metrics: MetricsReader,
  sourceId: string,
  now: Date,
  holdings: readonly RiskHoldingRow[],
): Promise<{ repositoryId: string; kind: SignalKind; at: number; ref: Signal['ref'] }[]> {
  const vault = await getRiskVault(metrics, sourceId);
  const repositoryId = holdings.find((one) => one.repositoryId !== null)?.repositoryId;
  if (!vault || !repositoryId) return [];
  const since = new Date(now.getTime() - EVENT_DAYS * DAY_MS);
  const weakenedAt = await getVaultWeakenedAt(metrics, { sourceId, since });
  const items = await listVaultItems(metrics, sourceId);
  const deleted = items.flatMap(({ isSoftDeleted, deletedForGoodAt, itemId }) =>
    isSoftDeleted && deletedForGoodAt
      ? [{ itemId, at: deletedForGoodAt.getTime() - (vault.softDeleteDays ?? 14) * DAY_MS }]
      : [],
  );
  const [first] = deletedTogether(deleted, Math.max(FEWEST_ITEMS, Math.ceil(LEAST_SHARE * items.length)));
  const ref = { table: 'azure_vault', id: sourceId };
  return [
    ...(weakenedAt
      ? [{ repositoryId, kind: 'VAULT_GUARD_WEAKENED' as const, at: weakenedAt.getTime(), ref }]
      : []),
    ...(first
      ? [
          {
            repositoryId,
            kind: 'MASS_DELETION' as const,
            at: Math.min(now.getTime(), first.at),
            ref: { table: 'azure_item', id: first.itemId },
          },
        ]
      : []),
  ];
}

/** The first so many that went within a day, whichever days of the calendar it touches; empty: there are none. */
export function deletedTogether<One extends { at: number }>(deleted: readonly One[], many: number): One[] {
  const inOrder = deleted.toSorted((a, b) => a.at - b.at);
  const start = inOrder.findIndex(({ at }, index) => {
    const last = inOrder[index + many - 1];
    return last !== undefined && last.at - at < DAY_MS;
  });
  return start < 0 ? [] : inOrder.slice(start, start + many);
}

type Mapped = MalwareRow & { workloadId: string };

/** Found, and since then neither a clean event of the machine nor a newer restore point that was found clean. */
function openEvents(rows: readonly MalwareRow[], newest: readonly NewestPointRow[]): Mapped[] {
  const mapped = rows.filter((row): row is Mapped => row.workloadId !== null);
  const cleanAt = new Map<string, number>();
  const mark = (id: string, at: number) => cleanAt.set(id, Math.max(at, cleanAt.get(id) ?? 0));
  for (const { workloadId, severity, detectedAt } of mapped)
    if (severity?.toLowerCase() === 'clean') mark(workloadId, detectedAt.getTime());
  for (const { workloadId, malwareStatus, createdAt } of newest)
    if (malwareStatus === 'Clean') mark(workloadId, createdAt.getTime());
  return mapped.filter(
    (row) => isFound(row) && row.detectedAt.getTime() > (cleanAt.get(row.workloadId) ?? 0),
  );
}

const isFound = ({ severity }: MalwareRow) =>
  ['infected', 'suspicious'].includes(severity?.toLowerCase() ?? '');

function add(map: Map<string, Signal[]>, id: string, signal: Signal): void {
  const known = map.get(id);
  if (known) known.push(signal);
  else map.set(id, [signal]);
}
