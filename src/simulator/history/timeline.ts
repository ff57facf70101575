import { DAY, type Zone } from '../zone.ts';
import { type DayOptions, sessionsOfDay } from './day.ts';
import { createSessionColumns, type SessionColumns, type SessionRow } from './sessions.ts';

export type Timeline = {
  columns: SessionColumns;
  /** Makes sure that everything that starts up to an instant is there. */
  extendTo: (at: number) => void;
};

/** Builds the sessions day by day, from `start` on, and goes on as the clock does. */
export function createTimeline(start: number, zone: Zone, options: DayOptions): Timeline {
  const columns = createSessionColumns();
  let next = zone.dayOf(start);
  let later: SessionRow[] = [];
  const addDay = () => {
    const end = zone.toUtc((next + 1) * DAY);
    const rows = [...later, ...sessionsOfDay(next, options)];
    later = rows.filter((row) => row.start >= end);
    columns.add(rows.filter((row) => row.start < end).sort(byStart));
    next += 1;
  };
  return {
    columns,
    extendTo: (at) => {
      while (next <= zone.dayOf(at)) addDay();
    },
  };
}

const byStart = (a: SessionRow, b: SessionRow) => a.start - b.start || a.job - b.job || a.attempt - b.attempt;
