import type { CapacityEvidence } from '../../src/analysis/risk/capacity.ts';
import type { RepositoryEvidence } from '../../src/analysis/risk/facts.ts';
import type { Signal } from '../../src/analysis/risk/signals.ts';
import type { RiskRepositoryRow } from '../../src/queries/risk-repositories.ts';
import type { Input } from './inputs.ts';
import { reachProbability } from './reach-probability.ts';

const FULL_SHARE = 0.95;
const LEAST_DAYS = 30;
const DAY_MS = 86_400_000;

/** What is known of where backups go. `signals` by repository; `leadTimeDays` from ordering storage to using it. */
export function toRepositories(
  rows: readonly RiskRepositoryRow[],
  capacity: Input,
  signals: ReadonlyMap<string, readonly Signal[]>,
  leadTimeDays: number,
): RepositoryEvidence[] {
  return rows.map((row) => ({
    id: row.repositoryId,
    name: row.name,
    capacity: toCapacity(row, capacity, Math.max(LEAST_DAYS, leadTimeDays)),
    signals: signals.get(row.repositoryId) ?? [],
  }));
}

function toCapacity(row: RiskRepositoryRow, { skewMs }: Input, days: number): CapacityEvidence | null {
  // A provider sells as much as is asked for: what it costs is another question.
  if (row.type === 'AzureVault')
    return {
      status: 'NOT_APPLICABLE',
      p95Within: null,
      asOf: null,
      refs: [{ table: 'repository', id: row.repositoryId }],
    };
  if (row.quality === null || row.concludedAt === null) return null;
  const refs = [{ table: 'capacity_forecast', id: row.repositoryId }];
  // As old as the reading that it starts from.
  const asOf = row.concludedAt.getTime() - skewMs - (row.ageDays ?? 0) * DAY_MS;
  const isPreliminary = row.quality === 'PRELIMINARY';
  if (row.quality === 'UNBOUNDED') return { status: 'UNBOUNDED', p95Within: null, asOf, refs };
  if ((row.useShare ?? 0) >= FULL_SHARE)
    return { status: 'EXCEEDED', useShare: row.useShare, p95Within: null, asOf, refs };
  const p95Within = row.quality === 'FORECAST' || isPreliminary ? probabilityOf(row, days) : null;
  if (p95Within === null) return { status: 'UNKNOWN', p95Within, asOf: null, refs };
  return { status: 'FORECAST', p95Within, asOf, isPreliminary, refs };
}

function probabilityOf(row: RiskRepositoryRow, days: number): number | null {
  const { useBytes, capacityBytes, band } = row;
  if (useBytes === null || capacityBytes === null || band === null) return null;
  const full = [
    { days: 7, p: row.full7 },
    { days: 30, p: row.full30 },
    { days: 90, p: row.full90 },
  ].flatMap(({ days: within, p }) => (p === null ? [] : [{ days: within, p }]));
  return reachProbability({ useBytes, band, full }, FULL_SHARE * capacityBytes, days);
}
