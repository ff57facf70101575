import type { RiskReader } from '../../../db/connect.ts';
import type { OtherProtection } from '../../../queries/machines.ts';
import { listRiskChanges, type RiskChangeRow } from '../../../queries/risk-changes.ts';
import { listRiskHazards, listRiskInputs, type RiskHazardRow } from '../../../queries/risk-items.ts';
import { itemsElsewhere } from '../../joined.ts';
import { round } from '../../markdown.ts';
import { cleanText } from '../../untrusted.ts';
import { toChangeRow } from '../risk/change-rows.ts';
import { type Compared, type Comparison, comparedOf } from './compare.ts';
import type { Rows } from './shape.ts';

type RiskRow = Rows['risks'];

/** More changes than anybody reads; what is beyond is not counted either. */
const MOST_RISKS = 20_000;
/** Hazards are read for so many items at once: four hazards of two runs each. */
const CHUNK = 1_000;

/** Inputs that are worse than they were, and the hazards that rest on them, by source. */
export type Degraded = Map<string, { inputs: string[]; hazards: Set<string> }>;

export async function readDegraded(db: RiskReader, comparisons: readonly Comparison[]): Promise<Degraded> {
  const pairs = [...comparedOf(comparisons, 'risk').values()];
  const degraded: Degraded = new Map();
  if (pairs.length === 0) return degraded;
  const now = await listRiskInputs(
    db,
    pairs.map((pair) => pair.now),
  );
  const before = await listRiskInputs(
    db,
    pairs.map((pair) => pair.before),
  );
  const wasFresh = new Set(
    before.filter(({ status }) => status === 'FRESH').map(({ sourceId, worker }) => `${worker} ${sourceId}`),
  );
  for (const { sourceId, worker, status, hazards } of now) {
    if (status === 'FRESH' || !wasFresh.has(`${worker} ${sourceId}`)) continue;
    const own = degraded.get(sourceId) ?? { inputs: [], hazards: new Set<string>() };
    own.inputs.push(`${worker} ${status}`);
    for (const hazard of hazards) own.hazards.add(hazard);
    degraded.set(sourceId, own);
  }
  return degraded;
}

export const whyDegraded = (degraded: Degraded, sourceId: string): string | null => {
  const own = degraded.get(sourceId);
  return own ? `inputs are no longer fresh: ${own.inputs.join(', ')}` : null;
};

export type RiskChange = RiskChangeRow & { shown: string };

/** Risks that came, went or moved, with what only seems better because an input is no longer fresh. */
export async function readRisks(
  db: RiskReader,
  comparisons: readonly Comparison[],
  { degraded, elsewhere }: { degraded: Degraded; elsewhere: readonly OtherProtection[] },
): Promise<RiskChange[]> {
  const pairs = comparedOf(comparisons, 'risk');
  const all = [...pairs.values()];
  if (all.length === 0) return [];
  const question = {
    now: all.map(({ now }) => now),
    before: all.map(({ before }) => before),
    elsewhere: itemsElsewhere(elsewhere),
  };
  const changes = await listRiskChanges(db, { ...question, limit: MOST_RISKS, offset: 0 });
  const doubtful = changes.filter((row) => isBetter(row) && degraded.has(row.sourceId));
  const fallen = await fallenHazards(db, all, doubtful);
  return changes.map((row) => {
    const hazards = degraded.get(row.sourceId)?.hazards;
    const isHidden =
      isBetter(row) && hazards && (fallen.get(keyOf(row)) ?? []).some((hazard) => hazards.has(hazard));
    return { ...row, shown: isHidden ? 'NOT_MEASURED' : row.change };
  });
}

const isBetter = ({ change }: RiskChangeRow) => change === 'BETTER' || change === 'GONE';
const keyOf = ({ sourceId, itemId }: { sourceId: string; itemId: string }) =>
  JSON.stringify([sourceId, itemId]);

/** The hazards whose points fell, of items that got better or went. */
async function fallenHazards(
  db: RiskReader,
  pairs: readonly Compared[],
  rows: readonly RiskChangeRow[],
): Promise<Map<string, string[]>> {
  const runs = pairs.flatMap(({ now, before }) => [now, before]);
  const nows = new Set(pairs.map(({ now }) => now.runId));
  const fallen = new Map<string, string[]>();
  for (let at = 0; at < rows.length; at += CHUNK) {
    const ids = rows.slice(at, at + CHUNK).map(({ itemId }) => itemId);
    const hazards = Map.groupBy(await listRiskHazards(db, runs, ids), keyOf);
    for (const [key, own] of hazards) fallen.set(key, fallenOf(own, nows));
  }
  return fallen;
}

function fallenOf(own: readonly RiskHazardRow[], nows: ReadonlySet<string>): string[] {
  const points = (hazard: string, isNow: boolean) =>
    own.find((one) => one.hazard === hazard && nows.has(one.runId) === isNow)?.points ?? 0;
  return [...new Set(own.map(({ hazard }) => hazard))].filter(
    (hazard) => points(hazard, true) < points(hazard, false),
  );
}

/** The rows as they are answered, with the hazards that moved. */
export async function toRiskRows(
  db: RiskReader,
  comparisons: readonly Comparison[],
  degraded: Degraded,
  rows: readonly RiskChange[],
): Promise<RiskRow[]> {
  if (rows.length === 0) return [];
  const pairs = [...comparedOf(comparisons, 'risk').values()];
  const nows = new Set(pairs.map(({ now }) => now.runId));
  const runs = pairs.flatMap(({ now, before }) => [now, before]);
  const hazards = await listRiskHazards(
    db,
    runs,
    rows.map(({ itemId }) => itemId),
  );
  return rows.map((row) => {
    const full = toChangeRow(row, hazards, nows);
    return {
      source_id: row.sourceId,
      item_id: full.item_id,
      name: full.name,
      change: row.shown,
      risk_category_before: full.category_before,
      risk_category: full.risk_category,
      impact_score_before: full.impact_before,
      impact_score: full.business_impact_score,
      moved: full.moved
        .slice(0, 2)
        .map(({ hazard, points_before, points }) => ({ hazard, points_before, points })),
      reasons: full.reasons.slice(0, 1).map((reason) => cleanText(reason, 160)),
      because: row.shown === 'NOT_MEASURED' ? whyDegraded(degraded, row.sourceId) : null,
    };
  });
}

const CHANGES = ['NEW', 'WORSE', 'NOT_MEASURED', 'GONE', 'BETTER', 'SPLIT', 'MERGED'];
/** New and worse are one list, gone and better another. */
const PLACES = [0, 0, 1, 2, 2, 3, 3];

/** What is new or worse first, the largest change of priority before the others. */
export const keyOfRisk = ({ shown, priority, priorityBefore, sourceId, itemId }: RiskChange) => [
  PLACES[CHANGES.indexOf(shown)] ?? PLACES.length,
  -(round(Math.abs((priority ?? 0) - (priorityBefore ?? 0)), 6) ?? 0),
  sourceId,
  itemId,
];
