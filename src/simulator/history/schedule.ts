import type { Schedule } from '../estate/types.ts';
import { DAY, MINUTE, type Zone } from '../zone.ts';

/** Runs of a job are numbered by slots: local days, weeks, or steps since 1970. */
export function slotStart(schedule: Schedule, slot: number, zone: Zone): number {
  if (schedule.kind === 'every') return (slot * schedule.minutes + schedule.offset) * MINUTE;
  const day = schedule.kind === 'daily' ? slot : slot * 7 + weekShift(schedule.weekday);
  return zone.toUtc(day * DAY + schedule.minute * MINUTE);
}

/** The last slot that starts at or before an instant. */
export function slotAt(schedule: Schedule, at: number, zone: Zone): number {
  const guess = guessSlot(schedule, at, zone);
  return slotStart(schedule, guess, zone) > at ? guess - 1 : guess;
}

function guessSlot(schedule: Schedule, at: number, zone: Zone): number {
  if (schedule.kind === 'every') return Math.floor((at / MINUTE - schedule.offset) / schedule.minutes);
  const day = zone.dayOf(at);
  return schedule.kind === 'daily' ? day : Math.floor((day - weekShift(schedule.weekday)) / 7);
}

/** 1970-01-01 was a Thursday: the first Monday came four days later. */
const weekShift = (weekday: number) => weekday + 4;
