import { unit } from '../random.ts';
import { DAY, weekdayOf } from '../zone.ts';
import type { Draft } from './draft.ts';
import { addEpisode, addServers, addStore, pass } from './efficiency-bench.ts';
import { affectRuns, noonBefore } from './inject.ts';

/** Sizes change, and there is nothing to report. */

export function moveAway(draft: Draft): void {
  const [from, to] = [
    addStore(draft, { name: 'Efficiency old' }),
    addStore(draft, { name: 'Efficiency new' }),
  ];
  addServers(draft, 'Staying servers', from);
  const job = addServers(draft, 'Migrated servers', from);
  const at = noonBefore(draft, 14);
  job.moved = { at, repository: to };
  affectRuns(draft, [job], { kind: 'active-full', from: at, to: at + DAY, effect: { makesFull: true } });
  pass(draft, [job], { kind: 'MIGRATION', from: at });
}

/** Increments for weeks, then an active full and a new chain. */
export function makeNewFull(draft: Draft): void {
  const store = addStore(draft, { name: 'New full store' });
  const job = addServers(draft, 'New full servers', store, { fullWeekday: -1, retentionDays: 90 });
  const from = noonBefore(draft, 10);
  affectRuns(draft, [job], { kind: 'active-full', from, to: from + DAY, effect: { makesFull: true } });
  pass(draft, [job], { kind: 'NEW_FULL', from });
}

/** On one working day all machines of the estate get their updates: much changes, and shrinks as ever. */
export function patchAll(draft: Draft): void {
  const store = addStore(draft, { name: 'Patched store' });
  for (const name of ['Patched web', 'Patched office', 'Patched databases']) addServers(draft, name, store);
  const { estate, settings, zone } = draft;
  const today = zone.dayOf(draft.now);
  const ago = [9, 8, 7, 6, 5].find((days) => weekdayOf(today - days) === 2) ?? 10;
  const from = noonBefore(draft, ago);
  for (const { index } of estate.machines) {
    const volume = 3 + 3 * unit(settings.seed, 231, index);
    addEpisode(draft, index, { kind: 'INCREMENT', from, to: from + DAY, volume });
  }
  pass(draft, estate.jobs, { kind: 'PATCH_DAY', from, to: from + DAY, mayBeReportedAs: ['FLEET_SURGE'] });
}

/** The books are closed on the last day of each month. */
export function closeMonths(draft: Draft): void {
  const store = addStore(draft, { name: 'Ledger store' });
  const job = addServers(draft, 'Ledger servers', store, {
    monthEnd: 2.2,
    fullWeekday: -1,
    retentionDays: 120,
  });
  addServers(draft, 'Ledger control', store);
  pass(draft, [job], { kind: 'MONTH_END', mayBeReportedAs: ['FLEET_SURGE'] });
}

/** Nothing happens, on many machines: what is found here is a false alarm. */
export function stayAsEver(draft: Draft): void {
  const store = addStore(draft, { name: 'Steady store' });
  const jobs = ['web', 'office', 'databases', 'files', 'tests'].map((what) =>
    addServers(draft, `Steady ${what}`, store, { machines: 6 }),
  );
  pass(draft, jobs, { kind: 'STEADY' });
}
