import { DAY, HOUR } from '../zone.ts';
import type { Draft } from './draft.ts';
import { addEpisode, addServers, addStore, disturb, machinesOf, planOf } from './efficiency-bench.ts';
import { noonBefore } from './inject.ts';

/** Backup files become unlike those before them: something an administrator wants to know. */

/** Somebody switches off what made the data of one job small; that of the others stays as it is. */
export function dropReduction(draft: Draft): void {
  const store = addStore(draft, { name: 'Efficiency store' });
  const job = addServers(draft, 'Dedupe files', store);
  addServers(draft, 'Dedupe control', store);
  const from = noonBefore(draft, 12);
  disturb(draft, job, { type: 'REDUCTION_DROP', cause: 'reduction-switched-off', from }, { stored: 1.6 });
}

/** Files of one machine are encrypted for some nights: much changes, and it no longer shrinks. */
export function encryptBriefly(draft: Draft): void {
  const store = addStore(draft, { name: 'Burst store' });
  const type = 'ENTROPY_SUSPECT' as const;
  const about = { type, kind: 'INCREMENT' as const, alsoAs: ['REDUCTION_DROP', 'VOLUME_SURGE'] as const };
  const strike = (name: string, slot: number, nights: [number, number], volume: number, share: number) => {
    const job = addServers(draft, name, store);
    const [first, last] = nights;
    const ends = last > 0 ? { to: noonBefore(draft, last) } : {};
    disturb(
      draft,
      job,
      {
        ...about,
        alsoAs: [...about.alsoAs],
        cause: 'encryption',
        slots: [slot],
        isLasting: false,
        from: noonBefore(draft, first),
        ...ends,
      },
      { kind: 'INCREMENT', volume, incompressible: [share, share] },
    );
    return job.first + slot;
  };
  strike('Burst unnoticed', 1, [9, 6], 12, 0.96);
  strike('Burst partial', 2, [20, 17], 5, 0.75);
  const noticed = strike('Burst noticed', 0, [3, 0], 10, 0.97);
  const suspicious = strike('Burst suspicious', 3, [13, 11], 8, 0.9);
  const event = { state: 'Created', source: 'InternalVeeamDetector' } as const;
  draft.posture.malware.push(
    {
      ...event,
      protected: noticed,
      type: 'EncryptedData',
      severity: 'Infected',
      at: noonBefore(draft, 2) - 6 * HOUR,
      details: 'Potentially encrypted data was found: entropy rose on 5210 files',
    },
    {
      ...event,
      protected: suspicious,
      type: 'RenamedFiles',
      severity: 'Suspicious',
      at: noonBefore(draft, 12) - 6 * HOUR,
      details: '3120 files were renamed to the extension .crypt',
    },
  );
}

/** A little more each night, so that no night is much unlike the one before. */
export function encryptSlowly(draft: Draft): void {
  const store = addStore(draft, { name: 'Slow store' });
  const job = addServers(draft, 'Slow files', store);
  const from = noonBefore(draft, 21);
  const to = from + 30 * DAY;
  disturb(
    draft,
    job,
    {
      type: 'ENTROPY_SUSPECT',
      alsoAs: ['REDUCTION_DROP', 'VOLUME_SURGE'],
      cause: 'slow-encryption',
      slots: [0],
      from,
      to,
      isLasting: true,
    },
    { kind: 'INCREMENT', volume: 1.5, incompressible: [0.05, 0.8] },
    { kind: 'FULL', incompressible: [0, 0.6] },
  );
}

/** A disk is no longer in the backup: jobs are green, and almost nothing is backed up. */
export function collapseVolume(draft: Draft): void {
  const store = addStore(draft, { name: 'Collapse store' });
  const about = { type: 'VOLUME_COLLAPSE', cause: 'disks-excluded' } as const;
  const open = addServers(draft, 'Collapse open', store);
  const episodes = [
    { kind: 'INCREMENT', volume: 0.01 },
    { kind: 'FULL', volume: 0.04 },
  ] as const;
  disturb(draft, open, { ...about, slots: [1], from: noonBefore(draft, 6) }, ...episodes);
  const over = addServers(draft, 'Collapse repaired', store);
  const times = { from: noonBefore(draft, 21), to: noonBefore(draft, 15) };
  disturb(draft, over, { ...about, slots: [0], ...times }, ...episodes);
}

/** Reduction gets a little worse, or better, all the time. */
export function drift(draft: Draft): void {
  const store = addStore(draft, { name: 'Trend store' });
  const from = Math.max(draft.historyStart, draft.now - 120 * DAY);
  const trends = [
    ['Degrading archive', 0.11],
    ['Improving archive', -0.09],
    ['Stable archive', 0],
  ] as const;
  for (const [name, in30Days] of trends) {
    const job = addServers(draft, name, store, { machines: 3 });
    for (const { index } of machinesOf(draft, job))
      addEpisode(draft, index, { from, to: Number.POSITIVE_INFINITY, driftPerDay: in30Days / 30 });
    planOf(draft).trends.set(job.index, 100 * Math.expm1(-in30Days));
  }
}
