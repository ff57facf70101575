import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readPresentedCertificate } from '../../src/http/certificate.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { connectTo, errorOf, NAMES } from '../support/http-server.ts';
import { createCertificate, sendJson, startTlsServer } from '../support/tls-server.ts';

const GET = { endpoint: '/x' };
const answerOk = () => startTlsServer((_request, response) => sendJson(response, 200, { ok: true }));

test('a server whose certificate is in the CA file is trusted', async () => {
  await using server = await answerOk();
  const folder = mkdtempSync(join(tmpdir(), 'tls-test-'));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, `some text before\n${server.certificate.cert}`);
  await using http = connectTo(server, { tls: { mode: 'ca', caFile } });
  assert.deepEqual((await http.get('/x', GET)).json, { ok: true });
  rmSync(folder, { recursive: true });
});

test('a self-signed certificate is refused by default, and the message shows what to compare and set', async () => {
  await using server = await answerOk();
  await using http = connectTo(server, { tls: { mode: 'system' } });
  const error = await errorOf(http.get('/x', GET));
  assert.equal(error.code, 'tls');
  assert.equal(error.retryable, false);
  for (const part of [
    'VEEAM_CA_FILE',
    `VEEAM_TLS_FINGERPRINT=${server.certificate.fingerprint}`,
    'self-signed',
    'subject CN=localhost',
    `valid to ${new Date(Date.now() + 86_400_000 * 30).toISOString().slice(0, 10)}`,
  ]) {
    assert.ok(error.message.includes(part), `${part} is missing in: ${error.message}`);
  }
  assert.equal(server.requests.length, 0);
  assert.equal(server.bytesReceived, 0);
});

test('an authority that did not issue the certificate is of no use', async () => {
  await using server = await answerOk();
  const other = await createCertificate();
  await using http = connectTo(server, { tls: { mode: 'ca', ca: other.cert } });
  const error = await errorOf(http.get('/x', GET));
  assert.equal(error.code, 'tls');
  assert.match(error.message, /the certificates in VEEAM_CA_FILE/);
  assert.equal(server.bytesReceived, 0);
});

test('a certificate for another name is refused, and the message names VEEAM_SERVER', async () => {
  const certificate = await createCertificate('vbr01.example.org');
  await using server = await startTlsServer((_request, response) => sendJson(response, 200, {}), certificate);
  await using http = connectTo(server);
  const error = await errorOf(http.get('/x', GET));
  assert.equal(error.code, 'tls');
  assert.match(error.message, /VEEAM_SERVER/);
  assert.match(error.message, /vbr01\.example\.org/);
});

test('an expired certificate is refused, and the message says so', async () => {
  const certificate = await createCertificate('localhost', -1);
  await using server = await startTlsServer((_request, response) => sendJson(response, 200, {}), certificate);
  await using http = connectTo(server);
  const error = await errorOf(http.get('/x', GET));
  assert.equal(error.code, 'tls');
  assert.match(error.message, /expired/);
});

test('a pinned fingerprint is accepted with and without colons and in any case', async () => {
  await using server = await answerOk();
  const { fingerprint } = server.certificate;
  for (const pin of [fingerprint, fingerprint.toLowerCase(), fingerprint.replaceAll(':', '')]) {
    await using http = connectTo(server, { tls: { mode: 'pin', fingerprint: pin } });
    assert.equal((await http.get('/x', GET)).status, 200);
  }
});

test('a wrong pin sends no byte, and the message says expected and presented', async () => {
  await using server = await answerOk();
  const wrong = 'AB'.repeat(32);
  await using http = connectTo(server, { tls: { mode: 'pin', fingerprint: wrong } });
  const error = await errorOf(http.get('/x', GET));
  assert.equal(error.code, 'tls');
  assert.match(error.message, /expected SHA-256 AB:AB:/);
  assert.ok(error.message.includes(`presented SHA-256 ${server.certificate.fingerprint}`));
  assert.match(error.message, /VEEAM_TLS_FINGERPRINT/);
  assert.equal(server.bytesReceived, 0);
  assert.equal(server.requests.length, 0);
});

test('the pin is compared on each new connection', async () => {
  await using server = await answerOk();
  const { fingerprint } = server.certificate;
  await using http = connectTo(server, { tls: { mode: 'pin', fingerprint } });
  await http.get('/x', GET);
  server.setCertificate(await createCertificate());
  server.closeConnections();
  const error = await errorOf(http.get('/x', GET));
  assert.equal(error.code, 'tls');
  assert.equal(server.requests.length, 1);
});

test('the certificate of a server that is not trusted yet can be read for a person to compare', async () => {
  await using server = await answerOk();
  const presented = await readPresentedCertificate('localhost', server.port);
  assert.equal(presented.fingerprint, server.certificate.fingerprint);
  assert.equal(presented.subject, 'CN=localhost');
  assert.equal(server.bytesReceived, 0);
});

test('a port that does not speak TLS is named as such', async () => {
  const plain = createServer((_request, response) => response.end('hello'));
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  const { port } = plain.address() as AddressInfo;
  for (const tls of [{ mode: 'system' }, { mode: 'pin', fingerprint: 'AB'.repeat(32) }] as const) {
    const http = createHttpServer({ host: '127.0.0.1', port, tls, names: NAMES, formPaths: [] });
    const error = await errorOf(http.get('/x', GET));
    assert.equal(error.code, 'tls');
    assert.match(error.message, /VEEAM_PORT/);
    await http.close();
  }
  plain.close();
});

test('a CA file or fingerprint that cannot be used is a wrong setting, named', () => {
  const make = (tls: Parameters<typeof createHttpServer>[0]['tls']) => () =>
    createHttpServer({ host: 'h', port: 1, tls, names: NAMES, formPaths: [] });
  const configError = (part: RegExp) => (error: Error) =>
    error.name === 'ConfigError' && part.test(error.message);
  assert.throws(make({ mode: 'ca', caFile: '/nowhere/ca.pem' }), configError(/VEEAM_CA_FILE=\/nowhere/));
  assert.throws(make({ mode: 'ca', ca: 'no pem' }), configError(/VEEAM_CA_FILE/));
  assert.throws(
    make({ mode: 'ca', ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }),
    configError(/cannot be read/),
  );
  assert.throws(make({ mode: 'pin', fingerprint: 'AB:CD' }), configError(/VEEAM_TLS_FINGERPRINT/));
});
