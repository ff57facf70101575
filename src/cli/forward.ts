import { connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { ConfigError } from '../errors.ts';
import { untilStopped } from './signals.ts';

const MOST = 256;
const IDLE_MS = 15 * 60_000;

/**
 * `dr365 forward [HOST:]PORT HOST:PORT`: hands each connection on, byte by byte, until stopped. It is how a port of a container is
 * published that has no network with a way out; it knows no password and looks at nothing.
 */
export async function forwardCommand(args: string[]): Promise<number> {
  const [own, target, ...rest] = args;
  const [from, to] = [toAddress(own), toAddress(target)];
  if (!from || !to?.host || rest.length > 0)
    throw new ConfigError('forward takes a port and where to, such as: forward 3365 mcp:3365');
  const server = await startForward(from, { host: to.host, port: to.port });
  await untilStopped();
  await server.stop();
  return 0;
}

type Target = { host: string; port: number };

function toAddress(text = ''): { host?: string; port: number } | undefined {
  const [, host, port] = /^(?:([\w.-]+):)?(\d{1,5})$/.exec(text) ?? [];
  return port === undefined ? undefined : { ...(host && { host }), port: Number(port) };
}

/** Listens on all addresses unless one is named. @returns the port, which is chosen if 0 was asked for */
export async function startForward(
  from: { host?: string; port: number },
  target: Target,
): Promise<{ port: number; stop: () => Promise<void> }> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (inside) => join(inside, target, open));
  server.maxConnections = MOST;
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(from, () => done());
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : from.port,
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
