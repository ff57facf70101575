import type { MetricsReader } from '../../../db/connect.ts';
import {
  type EfficiencySummaryRow,
  type JobSums,
  sumJobs,
  sumVaultBytes,
} from '../../../queries/efficiency.ts';
import { CATEGORIES } from '../../../queries/efficiency-filter.ts';
import { type AnomalyCount, countAnomalies } from '../../../queries/efficiency-lists.ts';
import { arrayOf, numberOf, objectOf } from '../../json.ts';
import { isoSeconds, round } from '../../markdown.ts';
import { type Gap, groupGaps } from '../../not-known.ts';
import { markOf } from '../../source-mark.ts';
import { sum, tally } from '../../tally.ts';
import { cleanText } from '../../untrusted.ts';
import { isVault } from '../../vaults.ts';
import { sizeText, toGb, wholeBytes } from '../capacity/sizes.ts';
import { sumOrNull, withSizes } from './changes.ts';
import type { EfficiencyScope } from './efficiency-scope.ts';
import { toCounts } from './job-rows.ts';
import { readMalware } from './malware.ts';
import { commonPrice, costText, type Price } from './money.ts';
import type { EfficiencyAnswer, Row } from './shape.ts';

type Estate = NonNullable<EfficiencyAnswer['estate']>;

/** What the first page says before its lists; `notKnown` goes into not_known. */
export type Head = Pick<EfficiencyAnswer, 'estate' | 'per_source' | 'price'> & { notKnown: string[] };

/** Sums over all jobs, and per source how fresh what they rest on is. */
export async function readHead(
  db: MetricsReader,
  scope: EfficiencyScope,
  summaries: EfficiencySummaryRow[],
): Promise<Head> {
  const sums = await sumJobs(db, scope.runs);
  const anomalies = await countAnomalies(db, scope.runs);
  const price = commonPrice(summaries);
  const vaults = await sumVaultBytes(db, scope.runs);
  return {
    estate: {
      ...toEstate({ sums, anomalies, summaries, price, vaults }),
      malware: await readMalware(db, scope),
    },
    price,
    per_source: toSources(scope, summaries, vaults),
    notKnown: [...groupGaps(summaries.flatMap(toUnknown), summaries.length), ...missingOf(scope, summaries)],
  };
}

function toUnknown({ sourceId, notKnown, reclaimableBytes }: EfficiencySummaryRow): Gap[] {
  const told = arrayOf(notKnown).filter((item) => typeof item === 'string');
  const texts = [
    ...told.map((item) => cleanText(item)),
    ...(reclaimableBytes === null && !isVault(sourceId)
      ? ['Reclaimable space and anomalies: no file of any backup has been read.']
      : []),
  ];
  return texts.map((text) => ({ sourceId, text }));
}

function missingOf({ runs }: EfficiencyScope, summaries: EfficiencySummaryRow[]): string[] {
  return runs.length > summaries.length ? ['All of some sources: their run stored no summary.'] : [];
}

type Known = {
  sums: JobSums[];
  anomalies: AnomalyCount[];
  summaries: EfficiencySummaryRow[];
  price: Price | null;
  vaults: ReadonlyMap<string, number>;
};

function toEstate({ sums, anomalies, summaries, price, vaults }: Known): Omit<Estate, 'malware'> {
  const of = (name: Exclude<keyof JobSums, 'sourceId'>) => sum(sums.map((row) => row[name]));
  const [data, stored] = [of('dataBytes'), of('storedBytes')];
  const isMeasurable = stored > 0;
  const isSized = summaries.length === 0 || summaries.some(({ sourceId }) => !isVault(sourceId));
  const held = vaults.size === 0 ? null : sum([...vaults.values()]);
  const counted = summaries.filter(({ sourceId }) => isVault(sourceId)).length;
  return {
    total_jobs: of('jobs'),
    not_measurable: of('notMeasurable'),
    excellent: of('excellent'),
    good: of('good'),
    fair: of('fair'),
    poor: of('poor'),
    critical: of('critical'),
    by_trend: {
      DEGRADING: of('degrading'),
      IMPROVING: of('improving'),
      STABLE: of('stable'),
      INSUFFICIENT_DATA: of('insufficientData'),
    },
    data_bytes: isSized ? data : null,
    stored_bytes: isSized ? stored : null,
    ...(counted > 0 ? { vaults: counted, vault_bytes: held } : {}),
    not_measurable_bytes: isSized ? of('hiddenBytes') : null,
    not_measurable_display: isSized ? sizeText(of('hiddenBytes')) : 'bytes not known',
    factor: isMeasurable ? round(data / stored, 3) : null,
    score: isMeasurable ? round(of('weightedScore') / stored, 1) : null,
    display: isSized ? `${sizeText(data)} of data in ${sizeText(stored)}` : heldText(held),
    total_optimization_potential_gb: isSized ? toGb(of('potentialBytes')) : null,
    reclaimable: toReclaimable(summaries, price),
    open_anomalies: sumOrNull(withSizes(summaries).map(({ openAnomalies }) => openAnomalies)),
    anomalies_by_type: toTypes(anomalies),
    excluded_files: tally(summaries.flatMap(({ excludedFiles }) => Object.entries(toCounts(excludedFiles)))),
  };
}

/** Sums of what no earlier category claims: no byte is in them twice. */
function toReclaimable(summaries: EfficiencySummaryRow[], price: Price | null): Estate['reclaimable'] {
  const sized = withSizes(summaries);
  const bytes = sized.length === 0 ? null : sumOrNull(sized.map(({ reclaimableBytes }) => reclaimableBytes));
  const cost = price === null ? null : sumOrNull(sized.map(({ reclaimableCost }) => reclaimableCost));
  const rounded = round(cost, 2);
  return {
    bytes,
    total_annual_cost_savings: rounded,
    display: bytes === null ? 'not known' : `${sizeText(bytes)}${costText(rounded, price?.currency)}`,
    by_category: toCategories(summaries, price),
  };
}

function toCategories(
  summaries: EfficiencySummaryRow[],
  price: Price | null,
): Estate['reclaimable']['by_category'] {
  const entries = summaries.flatMap(({ byCategory }) => Object.entries(objectOf(byCategory)));
  const categories = CATEGORIES.map((name) => {
    const own = entries.filter(([one]) => one === name).map(([, stored]) => objectOf(stored));
    const total = (field: string) => sum(own.map((one) => numberOf(one[field]) ?? 0));
    const summed = wholeBytes(total('counted_bytes'));
    const isKnown = own.some(({ bytes: one }) => numberOf(one) !== null);
    const cost = price === null || !isKnown ? null : round(total('annual_cost'), 2);
    const display = isKnown ? `${sizeText(summed)}${costText(cost, price?.currency)}` : 'bytes not known';
    const counted = isKnown ? summed : null;
    const bytes = isKnown ? wholeBytes(total('bytes')) : null;
    return [
      name,
      { items: total('items'), bytes, counted_bytes: counted, annual_cost: cost, display },
    ] as const;
  });
  return Object.fromEntries(categories.filter(([, { items }]) => items > 0));
}

function toTypes(anomalies: AnomalyCount[]): Estate['anomalies_by_type'] {
  const types = [...new Set(anomalies.map(({ type }) => type))];
  return Object.fromEntries(
    types.map((type) => {
      const own = anomalies.filter((row) => row.type === type);
      return [
        type,
        { open: sum(own.map(({ open }) => open)), resolved: sum(own.map(({ resolved }) => resolved)) },
      ];
    }),
  );
}

const HOUR_MS = 3_600_000;

/** A row per source; one of which nothing is known comes first, then by what could be had back. */
export function toSources(
  { sources, asOf }: EfficiencyScope,
  summaries: EfficiencySummaryRow[],
  vaults: ReadonlyMap<string, number>,
): Row<'per_source'>[] {
  const ageOf = (time: Date | null | undefined) =>
    time ? round((asOf.getTime() - time.getTime()) / HOUR_MS, 1) : null;
  const rows = sources.map((source) => {
    const { source_id, name, run_id } = source;
    const own = summaries.find(({ sourceId }) => sourceId === source_id);
    return {
      source_id,
      source_name: name,
      ...markOf(source),
      run_id,
      concluded_at: isoSeconds(own?.concludedAt ?? null),
      jobs: own?.jobs ?? null,
      factor: round(own?.factor ?? null, 3),
      score: round(own?.score ?? null, 1),
      stored_bytes: own?.storedBytes ?? null,
      ...(isVault(source_id) ? { vault_bytes: vaults.get(source_id) ?? null } : {}),
      reclaimable_bytes: own?.reclaimableBytes ?? null,
      open_anomalies: own?.openAnomalies ?? null,
      display: own ? displayOf(own, vaults.get(source_id) ?? null) : 'not known',
      files_read_at: isoSeconds(own?.filesReadAt ?? null),
      files_age_hours: ageOf(own?.filesReadAt),
      points_read_at: isoSeconds(own?.pointsReadAt ?? null),
      points_age_hours: ageOf(own?.pointsReadAt),
    };
  });
  const rank = ({ run_id, reclaimable_bytes: bytes }: (typeof rows)[number]) =>
    run_id === null ? Number.POSITIVE_INFINITY : (bytes ?? Number.MAX_SAFE_INTEGER);
  const held = ({ vault_bytes: bytes }: (typeof rows)[number]) => bytes ?? 0;
  return rows.sort((a, b) => rank(b) - rank(a) || held(b) - held(a) || (a.source_id < b.source_id ? -1 : 1));
}

function displayOf(
  { sourceId, storedBytes, reclaimableBytes }: EfficiencySummaryRow,
  held: number | null,
): string {
  if (isVault(sourceId)) return heldText(held);
  const stored = storedBytes === null ? 'stored bytes not known' : `${sizeText(storedBytes)} stored`;
  return `${stored}, ${reclaimableBytes === null ? 'reclaimable not known' : `${sizeText(reclaimableBytes)} reclaimable`}`;
}

const heldText = (bytes: number | null) =>
  bytes === null ? 'stored bytes not known' : `${sizeText(bytes)} stored, by item not known`;
