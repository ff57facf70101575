import { localDay } from '../../../analysis/zoned-time.ts';
import type { MetricsReader } from '../../../db/connect.ts';
import { type EfficiencyDay, listEfficiencyDays } from '../../../queries/efficiency-changes.ts';
import { round } from '../../markdown.ts';
import { parseWindow } from '../../moment.ts';
import { sizeText, toDayNumber } from '../capacity/sizes.ts';
import type { EfficiencyScope } from './efficiency-scope.ts';
import type { Lists, ListsAbout } from './lists.ts';
import type { Row } from './shape.ts';

const DEFAULT_WINDOW = '30d';
/** A longer window shows every so many days only: rows enough to see a shape. */
const MOST_ROWS = 35;

/** Reduction per local day, newest first: of one job, else of the only source. */
export async function readHistory(
  db: MetricsReader,
  { runs, asOf, zone, question }: EfficiencyScope,
  { about }: ListsAbout,
  into: Lists,
): Promise<void> {
  const { one, filter } = about;
  const hours = parseWindow('history', question.history ?? DEFAULT_WINDOW);
  const [run] = one ? runs.filter(({ sourceId }) => sourceId === one.sourceId) : runs;
  if (!run || (!one && (runs.length > 1 || filter.owners || filter.repositories || filter.machines))) {
    into.notKnown.push('History: it is kept per source and per job: give source alone, or one job.');
    return;
  }
  const from = new Date(asOf.getTime() - hours * 3_600_000);
  const days = await listEfficiencyDays(db, {
    sourceId: run.sourceId,
    ownerId: one?.id,
    zone,
    from,
    to: asOf,
  });
  const step = Math.ceil(Math.max(1, hours / 24) / MOST_ROWS);
  const today = toDayNumber(localDay(run.finishedAt.getTime(), zone));
  const stepOf = ({ day }: EfficiencyDay) => Math.floor((today - toDayNumber(day)) / step);
  into.rows.history = days
    .filter((day, index) => index === 0 || stepOf(day) !== stepOf(days[index - 1] as EfficiencyDay))
    .map((day) => toHistoryRow(day, one !== undefined));
  into.beside.history_step_days = step;
  if (days.length === 0) into.notKnown.push('History: no run concluded in the window.');
}

function toHistoryRow(day: EfficiencyDay, isOne: boolean): Row<'history'> {
  const row = {
    day: day.day,
    data_bytes: day.dataBytes,
    stored_bytes: day.storedBytes,
    factor: round(day.factor, 3),
    score: round(day.score, 1),
    display: day.storedBytes === null ? 'not known' : sizeText(day.storedBytes),
  };
  return isOne ? row : { ...row, reclaimable_bytes: day.reclaimableBytes, open_anomalies: day.openAnomalies };
}
