import { SCALE_OUT_BASE } from '../estate/types.ts';
import { addJob, addRepository, addScaleOut, hostOf } from './capacity-bench.ts';
import type { Draft } from './draft.ts';

/** Storage of another kind than one volume for one repository. */

/** Chains that are complete move to a bucket after two weeks: the extents stay as they are, the bucket grows. */
export function offload(draft: Draft): void {
  const scaleOut = addScaleOut(draft, 'Scale-out 2', 14);
  const add = (name: string, tier: 'Performance' | 'Capacity', size: { share: number; day: number }) => {
    const { index } = addRepository(
      draft,
      {
        name,
        ...(tier === 'Capacity' && { kind: 'S3Compatible', server: -1, path: '', foreignBytes: 0 }),
        extent: { scaleOut: scaleOut.index, tier, isInMaintenance: false },
      },
      { regime: tier === 'Capacity' ? 'sobr-capacity-tier' : 'sobr-extent', size },
    );
    scaleOut.extents.push(index);
  };
  add('Tiered extent A', 'Performance', { share: 0.55, day: 100 });
  add('Tiered extent B', 'Performance', { share: 0.6, day: 100 });
  add('Tiered bucket', 'Capacity', { share: 0.8, day: 110 });
  for (const [i, fullWeekday] of [0, 1, 3, 5].entries()) {
    addJob(draft, {
      name: `Tiered farm ${i + 1}`,
      repository: SCALE_OUT_BASE + scaleOut.index,
      machines: 4,
      gib: 800,
      changeRate: 0.02,
      fullWeekday,
      retentionDays: 1500,
    });
  }
}

export function growWithoutLimit(draft: Draft): void {
  const { index } = addRepository(
    draft,
    { name: 'Bucket', kind: 'S3Compatible', server: -1, path: '', capacityBytes: -1, foreignBytes: 0 },
    { regime: 'unlimited-bucket' },
  );
  addJob(draft, { name: 'Bucket files', repository: index, machines: 3, gib: 600, changeRate: 0.02 });
}

/** Two folders of one volume, each with jobs of its own: both report the same size and what is left. */
export function share(draft: Draft): void {
  const server = hostOf(draft, 'WindowsHost');
  const add = (letter: string, wish: { volume?: number }) =>
    addRepository(
      draft,
      {
        name: `Common volume ${letter}`,
        kind: 'WinLocal',
        server,
        path: `V:\\Backup${letter}`,
        ...wish,
      },
      { regime: 'shared-volume', size: { share: 0.8, day: 105 } },
    );
  const first = add('A', {});
  const second = add('B', { volume: first.index });
  addJob(draft, { name: 'Common A', repository: first.index, machines: 2, gib: 500, changeRate: 0.02 });
  addJob(draft, { name: 'Common B', repository: second.index, machines: 2, gib: 700, changeRate: 0.015 });
}
