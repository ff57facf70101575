// One lane in a process of its own: plays the sequences that it is sent.
import { once } from 'node:events';
import { SLOTS } from './estate.ts';
import { openLane } from './lane.ts';
import type { FromLane, ToLane } from './main.ts';
import { NoVolume } from './volume.ts';

const say = (message: FromLane) => process.send?.(message);

try {
  const lane = await openLane({
    slots: SLOTS.length,
    withoutFullDisk: process.argv.includes('--without-full-disk'),
  });
  try {
    say({ ready: lane.kinds });
    for (;;) {
      const [message] = (await once(process, 'message')) as [ToLane];
      if ('end' in message) break;
      say({ result: await lane.run(message.seed) });
    }
  } finally {
    await lane.close();
  }
} catch (error) {
  say({
    failed: error instanceof Error ? (error.stack ?? error.message) : String(error),
    cannot: error instanceof NoVolume,
  });
}
process.disconnect();
