import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { forwardCommand, startForward } from '../../src/cli/forward.ts';

test('requests and answers go through, large ones too, and many on one connection', async () => {
  const server = createServer((request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on('end', () =>
      response.end(JSON.stringify({ bytes, host: request.headers.host, rest: 'x'.repeat(1_000_000) })),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const forward = await startForward({ port: 0 }, { host: '127.0.0.1', port });
  for (const size of [0, 10, 2_000_000]) {
    const answer = await fetch(`http://127.0.0.1:${forward.port}/`, {
      method: 'POST',
      body: 'y'.repeat(size),
    });
    const { bytes, host, rest } = (await answer.json()) as Record<string, string>;
    assert.deepEqual([Number(bytes), host, rest?.length], [size, `127.0.0.1:${forward.port}`, 1_000_000]);
  }
  await forward.stop();
  server.closeAllConnections();
  server.close();
});

test('a client that hangs up is seen by the server', async () => {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const forward = await startForward({ port: 0 }, { host: '127.0.0.1', port });
  const client = connect(forward.port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const [request] = (await once(server, 'request')) as [{ socket: NodeJS.EventEmitter }];
  const gone = once(request.socket, 'close');
  client.destroy();
  await gone;
  await forward.stop();
  server.close();
});

test('where nobody listens the connection is ended, and the next one is taken', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  const forward = await startForward({ port: 0 }, { host: '127.0.0.1', port });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const client = connect(forward.port, '127.0.0.1');
    client.on('error', () => {});
    await once(client, 'close');
  }
  await forward.stop();
});

test('what is no address is refused', async () => {
  for (const args of [[], ['3365'], ['3365', 'mcp'], ['x', 'mcp:1'], ['1', 'mcp:1', 'more']])
    await assert.rejects(forwardCommand(args), { name: 'ConfigError', message: /^forward takes a port/ });
});
