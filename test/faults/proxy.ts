import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A statement on its way to the server. */
export type Statement = {
  text: string;
  /** Number of the statement since the proxy was last reset, from 1 on, over all connections. */
  number: number;
  connection: Wire;
};

/** A connection through the proxy. */
export type Wire = {
  /** The port under which the server knows it. */
  port: number;
  /** Statements of the transaction that is open, the first one being its beginning. */
  transaction: string[];
  /** Those of the transaction that this statement ends. */
  last: string[];
  /** It has asked for the lock of a worker. */
  isKeeper: boolean;
  cut: () => void;
};

/** What becomes of a statement: `lose-answer` lets it through and cuts the connection before the answer comes back. */
export type Verdict = 'pass' | 'cut' | 'lose-answer';

export type Proxy = {
  port: number;
  /** Statements since the last reset. */
  count: () => number;
  /** Asked for each statement; what it does is done before the statement goes on. */
  onStatement: (look: (statement: Statement) => Verdict | Promise<Verdict>) => void;
  /** Counts from 0, and lets everything pass. */
  reset: () => void;
  connections: () => Wire[];
  /** Milliseconds since the last statement, or since the reset. */
  idleMs: () => number;
  close: () => Promise<void>;
};

/** Stands between the program and PostgreSQL, and reads the statements that go by. */
export async function startProxy(target: { host: string; port: number }): Promise<Proxy> {
  let count = 0;
  let last = performance.now();
  let look: Parameters<Proxy['onStatement']>[0] = () => 'pass';
  const wires = new Set<Wire>();
  const server = createServer((client) => {
    const upstream = connect({ host: target.host, port: target.port, noDelay: true });
    client.setNoDelay(true);
    const wire: Wire = {
      port: 0,
      transaction: [],
      last: [],
      isKeeper: false,
      cut: () => {
        wires.delete(wire);
        reset(client);
        reset(upstream);
      },
    };
    upstream.once('connect', () => {
      wire.port = upstream.localPort ?? 0;
    });
    wires.add(wire);
    relay(client, upstream, wire, (text) => {
      count += 1;
      last = performance.now();
      follow(wire, text);
      return look({ text, number: count, connection: wire });
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    count: () => count,
    onStatement: (next) => {
      look = next;
    },
    reset: () => {
      count = 0;
      look = () => 'pass';
      last = performance.now();
    },
    connections: () => [...wires],
    idleMs: () => performance.now() - last,
    close: () =>
      new Promise((done) => {
        for (const wire of wires) wire.cut();
        server.close(() => done());
      }),
  };
}

/**
 * Cuts a connection at once. One that is being shut down is refused a reset, and Node.js then neither closes it nor ends
 * its process, which turns round for ever where it waits for the last handle.
 */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

function follow(wire: Wire, text: string): void {
  wire.isKeeper ||= text.includes('pg_try_advisory_lock');
  if (/^\s*(begin|start transaction)/i.test(text)) wire.transaction = [text];
  else if (/^\s*(commit|rollback)\b(?! to)/i.test(text)) {
    wire.last = wire.transaction;
    wire.transaction = [];
  } else if (wire.transaction.length > 0) wire.transaction.push(text);
}

/** Bytes go through message by message on the way to the server, and as they come on the way back. */
function relay(
  client: Socket,
  upstream: Socket,
  wire: Wire,
  onText: (text: string) => Verdict | Promise<Verdict>,
): void {
  let held: Buffer = Buffer.alloc(0);
  let isStarted = false;
  let isBusy = false;
  let losesAnswer = false;
  const pump = async () => {
    if (isBusy) return;
    isBusy = true;
    for (let message = take(); message; message = take()) {
      const text = isStarted ? textOf(message) : undefined;
      isStarted = true;
      if (text !== undefined) {
        const verdict = onText(text);
        const known = typeof verdict === 'string' ? verdict : await verdict;
        if (known === 'cut') return wire.cut();
        losesAnswer ||= known === 'lose-answer';
      }
      if (!upstream.destroyed) upstream.write(message);
    }
    isBusy = false;
  };
  const take = (): Buffer | undefined => {
    const head = isStarted ? 1 : 0;
    if (held.length < head + 4) return undefined;
    const length = head + held.readInt32BE(head);
    if (held.length < length) return undefined;
    const message = held.subarray(0, length);
    held = held.subarray(length);
    return message;
  };
  client.on('data', (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    void pump();
  });
  upstream.on('data', (chunk: Buffer) => {
    if (losesAnswer && /[CE]/.test(String.fromCharCode(chunk[0] ?? 0))) return wire.cut();
    if (!client.destroyed) client.write(chunk);
  });
  for (const socket of [client, upstream]) {
    socket.on('error', () => wire.cut());
    socket.on('close', () => wire.cut());
  }
}

/** The SQL of a simple query or of a statement that is prepared. */
function textOf(message: Buffer): string | undefined {
  const type = String.fromCharCode(message[0] ?? 0);
  if (type === 'Q') return message.toString('utf8', 5, message.length - 1);
  if (type !== 'P') return undefined;
  const begin = message.indexOf(0, 5) + 1;
  return message.toString('utf8', begin, message.indexOf(0, begin));
}
