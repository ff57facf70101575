// Holds the embedded server of a folder until SIGTERM; prints its port.
import { openEmbedded } from '../../src/db/embedded.ts';

const server = await openEmbedded(process.argv[2] ?? '');
process.stdout.write(`${server.port}\n`);
const forever = setInterval(() => {}, 60_000);
process.once('SIGTERM', () => {
  clearInterval(forever);
  void server.release();
});
