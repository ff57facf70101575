import type { Signal, SignalKind } from '../../src/analysis/risk/signals.ts';
import type { MetricsReader } from '../../src/db/connect.ts';
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
