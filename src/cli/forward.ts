import { connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { ConfigError } from '../errors.ts';
import { untilStopped } from './signals.ts';

const MOST = 256;
const IDLE_MS = 15 * 60_000;

/**
 * `dr365 forward PORT HOST:PORT`: hands each connection on, byte by byte, until stopped. It is how a port of a container is
 * published that has no network with a way out; it knows no password and looks at nothing.
 */
export async function forwardCommand(args: string[]): Promise<number> {
  const [port, target, ...rest] = args;
  const [, host, targetPort] = /^([\w.-]+):(\d{1,5})$/.exec(target ?? '') ?? [];
  if (!port || !/^\d{1,5}$/.test(port) || !host || rest.length > 0)
    throw new ConfigError('forward takes a port and where to, such as: forward 3365 mcp:3365');
  const server = await startForward(Number(port), { host, port: Number(targetPort) });
  await untilStopped();
  await server.stop();
  return 0;
}

type Target = { host: string; port: number };

/** Listens on all addresses. @returns the port, which is chosen if 0 was asked for */
export async function startForward(
  port: number,
  target: Target,
): Promise<{ port: number; stop: () => Promise<void> }> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (inside) => join(inside, target, open));
  server.maxConnections = MOST;
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(port, () => done());
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** An error on one side, or nobody there, ends both: a client must not wait for an answer that nobody will give. */
function join(inside: Socket, target: Target, open: Set<Socket>): void {
  const outside = connect({ ...target, allowHalfOpen: true, noDelay: true });
  for (const socket of [inside, outside]) {
    open.add(socket);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.once('close', () => open.delete(socket));
  }
  pipeline(inside, outside, inside, () => {
    inside.destroy();
    outside.destroy();
  });
}
