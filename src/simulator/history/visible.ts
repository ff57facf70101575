import { DAY } from '../zone.ts';
import type { Timeline } from './timeline.ts';

/** The sessions that the server shows at an instant: from place `from` up to, not including, place `to`. */
export type Visible = { from: number; to: number; now: number };

export function visibleAt(timeline: Timeline, now: number, retentionDays: number): Visible {
  timeline.extendTo(now);
  const { columns } = timeline;
  return { from: columns.firstFrom(now - retentionDays * DAY), to: columns.firstFrom(now + 1), now };
}
