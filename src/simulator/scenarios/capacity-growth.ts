import { addJob, addRepository } from './capacity-bench.ts';
import type { Draft } from './draft.ts';

/** Use that goes the way it went: nothing happens to these repositories. Each is 80 % full about 105 days after the start. */
const FULL = { share: 0.8, day: 105 };

/** Increments that are kept for ever: each day as much as the day before, give or take. */
export function growLinearly(draft: Draft): void {
  const { index } = addRepository(draft, { name: 'Linear' }, { regime: 'linear', size: FULL });
  addJob(draft, { name: 'Linear files', repository: index, machines: 3, gib: 600, changeRate: 0.02 });
}

export function accelerate(draft: Draft): void {
  const { index } = addRepository(draft, { name: 'Accelerating' }, { regime: 'accelerating', size: FULL });
  const growth = { kind: 'compound', from: draft.now, perDay: 0.012 } as const;
  addJob(draft, {
    name: 'Accelerating data',
    repository: index,
    machines: 3,
    gib: 500,
    changeRate: 0.02,
    growth,
  });
}

/** Growth that ends by itself, below all thresholds. */
export function level(draft: Draft): void {
  const size = { share: 0.72, day: 330 };
  const { index } = addRepository(draft, { name: 'Levelling' }, { regime: 'saturating', size });
  const growth = { kind: 'levelling', from: draft.now, days: 18 } as const;
  for (const [i, fullWeekday] of [0, 2, 4].entries()) {
    addJob(draft, {
      name: `Levelling project ${i + 1}`,
      repository: index,
      machines: 2,
      gib: 700,
      changeRate: 0.01,
      growth,
      fullWeekday,
      retentionDays: 14,
    });
  }
}

/** Weekly fulls: use climbs for a week and falls when the oldest chain goes, on top of data that grow. */
export function climbAndFall(draft: Draft): void {
  const { index } = addRepository(draft, { name: 'Weekly fulls' }, { regime: 'sawtooth', size: FULL });
  const growth = { kind: 'linear', from: draft.now, perDay: 0.006 } as const;
  addJob(draft, {
    name: 'Weekly fulls ERP',
    repository: index,
    machines: 4,
    gib: 800,
    changeRate: 0.05,
    growth,
    fullWeekday: 5,
    retentionDays: 14,
  });
}

/** A step each month until as many monthly fulls are there as are kept. */
export function keepMonths(draft: Draft): void {
  const size = { share: 0.68, day: 300 };
  const { index } = addRepository(draft, { name: 'Long-term' }, { regime: 'gfs-plateau', size });
  for (const [i, fullWeekday] of [1, 3, 5].entries()) {
    addJob(draft, {
      name: `Long-term archive ${i + 1}`,
      repository: index,
      machines: 2,
      gib: 300,
      changeRate: 0.01,
      fullWeekday,
      retentionDays: 14,
      gfs: { weekly: 1, monthly: 6, yearly: 1 },
    });
  }
}
