import type { EvidenceRef } from '../../src/analysis/risk/hazard.ts';
import type { IntegrityEvidence, PointStatus } from '../../src/analysis/risk/integrity.ts';
import type { Signal } from '../../src/analysis/risk/signals.ts';
import type { NewestPointRow, RiskHoldingRow, RiskWorkloadRow } from '../../src/queries/risk-workloads.ts';
import type { Input } from './inputs.ts';

export type IntegrityOf = (
  workload: RiskWorkloadRow,
  held: readonly RiskHoldingRow[],
) => IntegrityEvidence | null;

/** As many files as an unusual one is held against, and itself (METHODS 3.0 P7). */
const FEWEST_FILES = 9;
const DAY_MS = 86_400_000;

const STATUS: Readonly<Record<string, PointStatus>> = {
  Clean: 'CLEAN',
  Suspicious: 'SUSPICIOUS',
  Infected: 'INFECTED',
};

/** What was looked at of each workload, and what was found. */
export function integrityJudge(known: {
  efficiency: Input;
  health: Input;
  now: number;
  newest: readonly NewestPointRow[];
  owners: readonly { ownerId: string; files: number }[];
  signals: ReadonlyMap<string, readonly Signal[]>;
  /** Azure Backup looks into no backup. */
  isVault: boolean;
}): IntegrityOf {
  const { efficiency, health } = known;
  const newest = new Map(known.newest.map((row) => [row.workloadId, row]));
  const files = new Map(known.owners.map(({ ownerId, files: count }) => [ownerId, count]));
  const areEventsRead = health.isRead('malwareDetection/events');
  return (workload, held) => {
    const point = newest.get(workload.workloadId);
    const verdict = STATUS[point?.malwareStatus ?? ''] ?? 'UNKNOWN';
    const isDataJudged = efficiency.runId !== null && hasHistory(workload, held, files, known.now);
    const isMalwareJudged = areEventsRead || verdict !== 'UNKNOWN';
    return {
      isDataJudged,
      isMalwareJudged,
      newestPointStatus: verdict,
      signals: known.signals.get(workload.workloadId) ?? [],
      asOf: lookedAt(isDataJudged, efficiency, health),
      ...(known.isVault && { isUntellable: true }),
      refs: refsOf(point, held, isDataJudged),
    };
  };
}

/** Files of it that are there, or were read day by day since it is known: then vanished ones are kept as well. */
function hasHistory(
  { firstSeenAt }: RiskWorkloadRow,
  held: readonly RiskHoldingRow[],
  files: ReadonlyMap<string, number>,
  now: number,
): boolean {
  return held.some(({ jobId, backupId, points }) => {
    const seen = files.get(jobId ?? backupId) ?? files.get(backupId) ?? 0;
    const isLongKnown = now - firstSeenAt.getTime() > FEWEST_FILES * DAY_MS;
    return seen >= FEWEST_FILES && ((points ?? 0) >= FEWEST_FILES || isLongKnown);
  });
}

/** The older look of the two counts where both were taken. */
function lookedAt(isDataJudged: boolean, efficiency: Input, health: Input): number | null {
  const looks = [isDataJudged ? efficiency.lookedAt : null, health.lookedAt].filter((at) => at !== null);
  return looks.length > 0 ? Math.min(...looks) : null;
}

function refsOf(
  point: NewestPointRow | undefined,
  held: readonly RiskHoldingRow[],
  isDataJudged: boolean,
): EvidenceRef[] {
  const owners = new Set(held.map(({ jobId, backupId }) => jobId ?? backupId));
  return [
    ...(point ? [{ table: 'restore_point', id: point.pointId }] : []),
    ...(isDataJudged ? [...owners].map((id) => ({ table: 'job_efficiency', id })) : []),
  ];
}
