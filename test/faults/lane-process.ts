// One lane in a process of its own: plays the sequences that it is sent.
import { once } from 'node:events';
import { SLOTS } from './estate.ts';
import { openLane } from './lane.ts';
import type { FromLane, ToLane } from './main.ts';
import { NoVolume } from './volume.ts';

// Whoever drives it may be gone, or the terminal says that it is enough: then it clears up after the sequence under way.
const stopped = new Promise<[ToLane]>((done) => {
  for (const event of ['disconnect', 'SIGINT', 'SIGTERM']) process.once(event, () => done([{ end: true }]));
});

const say = (message: FromLane) => process.send?.(message);

try {
  const lane = await openLane({
    slots: SLOTS.length,
    withoutFullDisk: process.argv.includes('--without-full-disk'),
  });
  try {
    say({ ready: lane.kinds });
    for (;;) {
      const [message] = await Promise.race([once(process, 'message') as Promise<[ToLane]>, stopped]);
      if ('end' in message) break;
      const result = await lane.run(message.seed);
      if (process.connected) say({ result });
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
if (process.connected) process.disconnect();
