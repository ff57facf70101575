import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Lane, openLane } from './lane.ts';
import { NoVolume } from './volume.ts';

/** Enough for each kind once, on the first slot, where all of them can happen. */
const MOST_SEQUENCES = 4;

test('after a fault of each kind the tables equal those of an undisturbed run, and its record tells of it', async (t) => {
  const lane = await openAnyLane(t);
  try {
    const struck = new Map<string, number>();
    for (let seed = 1; seed <= MOST_SEQUENCES && struck.size < lane.kinds.length; seed += 1) {
      const { outcomes, problems } = await lane.run(
        seed,
        lane.kinds.filter((kind) => !struck.has(kind)),
      );
      for (const { kind } of outcomes) struck.set(kind, (struck.get(kind) ?? 0) + 1);
      assert.deepEqual(problems, [], `seed ${seed}`);
    }
    t.diagnostic([...struck].map(([kind, times]) => `${kind}: ${times}`).join(', '));
    assert.deepEqual(
      lane.kinds.filter((kind) => !struck.has(kind)),
      [],
      'kinds that never struck',
    );
  } finally {
    await lane.close();
  }
});

/** Without the right to mount a file system the full disk is left out here, and said so; npm run test:faults fails then. */
async function openAnyLane(t: TestContext): Promise<Lane> {
  try {
    return await openLane({ slots: 1 });
  } catch (error) {
    if (!(error instanceof NoVolume)) throw error;
    t.diagnostic(`FULL DISK NOT TESTED: ${error.message}`);
    return openLane({ slots: 1, withoutFullDisk: true });
  }
}
