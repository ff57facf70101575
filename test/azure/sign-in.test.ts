import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { AzureClient } from '../../src/azure/client.ts';
import type { CredentialSettings } from '../../src/azure/settings.ts';
import { journalEntries, withJournal } from '../../src/journal.ts';
import { errorOf } from '../support/http-server.ts';
import { createCertificate, type Handler, sendJson } from '../support/tls-server.ts';
import { type FakeArm, type Routes, startFakeArm } from './fake-arm.ts';

const TENANT = '22222222-2222-2222-2222-222222222222';
const CLIENT = '33333333-3333-3333-3333-333333333333';
const SECRET = 'S3cret~that/nobody+may see';
const TOKEN_PATH = `/${TENANT}/oauth2/v2.0/token`;
const ASKED = '/subscriptions/s/resourceGroups/g';

type Entra = {
  arm: FakeArm;
  issued: string[];
  forms: URLSearchParams[];
  connect: (c?: Partial<CredentialSettings>) => AzureClient;
};

/** A sign-in host and a resource manager on one port; tokens are numbered, and `refused` ones get a 401. */
async function startEntra({
  refused = () => false,
  seconds = 3600,
  answer,
}: {
  refused?: (token: string) => boolean;
  seconds?: number;
  answer?: Handler;
} = {}): Promise<Entra & AsyncDisposable> {
  const issued: string[] = [];
  const forms: URLSearchParams[] = [];
  const issue: Handler = ({ body }, response) => {
    forms.push(new URLSearchParams(body));
    issued.push(`issued-token-${issued.length + 1}`);
    sendJson(response, 200, { token_type: 'Bearer', expires_in: seconds, access_token: issued.at(-1) });
  };
  const read: Handler = ({ headers }, response) => {
    const token = String(headers.authorization).replace('Bearer ', '');
    if (!issued.includes(token) || refused(token))
      return sendJson(response, 401, { error: { code: 'ExpiredAuthenticationToken', message: 'expired' } });
    sendJson(response, 200, { ok: token });
  };
  const routes = (origin: string): Routes => ({
    [`/${TENANT}/v2.0/.well-known/openid-configuration`]: (_request, response) =>
      sendJson(response, 200, {
        issuer: `${origin}/${TENANT}/v2.0`,
        token_endpoint: origin + TOKEN_PATH,
        authorization_endpoint: `${origin}/${TENANT}/oauth2/v2.0/authorize`,
        jwks_uri: `${origin}/keys`,
      }),
    [TOKEN_PATH]: answer ?? issue,
    [ASKED]: read,
  });
  const arm = await startFakeArm(routes);
  const connect = (credential: Partial<CredentialSettings> = {}) => {
    const secret = { mode: 'client-secret', tenantId: TENANT, clientId: CLIENT, clientSecret: SECRET };
    return arm.client(
      {},
      { authorityHost: arm.origin, credential: { ...secret, ...credential } as CredentialSettings },
    );
  };
  return { arm, issued, forms, connect, [Symbol.asyncDispose]: () => arm[Symbol.asyncDispose]() };
}

const ask = (client: AzureClient) => client.get(ASKED, { apiVersion: '2023-04-01' });

test('a client secret brings a token for the resource manager in use, once for many calls', async () => {
  await using entra = await startEntra();
  const client = entra.connect();
  const answers = await Promise.all([ask(client), ask(client), ask(client)]);
  assert.deepEqual(
    answers.map(({ json }) => json),
    Array(3).fill({ ok: 'issued-token-1' }),
  );
  assert.equal(entra.issued.length, 1);
  assert.equal(entra.forms[0]?.get('client_secret'), SECRET);
  assert.match(String(entra.forms[0]?.get('scope')), new RegExp(`${entra.arm.origin}/.default`));
  await client.close();
});

test('a certificate signs in without a secret being sent', async () => {
  await using entra = await startEntra();
  const folder = mkdtempSync(join(tmpdir(), 'dr365-azure-'));
  try {
    const { key, cert } = await createCertificate('app');
    const certificateFile = join(folder, 'app.pem');
    writeFileSync(certificateFile, `${key}\n${cert}`);
    const client = entra.connect({ mode: 'certificate', certificateFile });
    assert.equal((await ask(client)).status, 200);
    assert.equal(entra.forms[0]?.get('client_secret'), null);
    assert.match(String(entra.forms[0]?.get('client_assertion')), /^ey/);
    await client.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a workload identity signs in with the token of its platform', async () => {
  await using entra = await startEntra();
  const folder = mkdtempSync(join(tmpdir(), 'dr365-azure-'));
  try {
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'from-kubernetes');
    const client = entra.connect({ mode: 'workload-identity', tokenFile });
    assert.equal((await ask(client)).status, 200);
    assert.equal(entra.forms[0]?.get('client_assertion'), 'from-kubernetes');
    await client.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a token that is refused is replaced once, past the cache of the identity library', async () => {
  await using entra = await startEntra({ refused: (token) => token === 'issued-token-1' });
  const client = entra.connect();
  assert.deepEqual((await ask(client)).json, { ok: 'issued-token-2' });
  assert.equal(entra.issued.length, 2);
  await client.close();
});

test('if the new token is refused as well, that is the answer', async () => {
  await using entra = await startEntra({ refused: () => true });
  const client = entra.connect();
  const error = await errorOf(ask(client));
  assert.equal(error.code, 'sign-in');
  assert.match(error.message, /ExpiredAuthenticationToken/);
  assert.equal(entra.issued.length, 2);
  await client.close();
});

test('clearing the tokens leads to a new sign-in', async () => {
  await using entra = await startEntra();
  const client = entra.connect();
  await ask(client);
  client.clearTokens();
  assert.deepEqual((await ask(client)).json, { ok: 'issued-token-2' });
  await client.close();
});

test('a refused secret is told with what to check, is not sent again at once, and is in no message', async () => {
  let asked = 0;
  const answer: Handler = (_request, response) => {
    asked += 1;
    const error_description = `AADSTS7000215: Invalid client secret provided: ${SECRET}. Trace ID: x`;
    sendJson(response, 401, { error: 'invalid_client', error_description, error_codes: [7000215] });
  };
  await using entra = await startEntra({ answer });
  const client = entra.connect();
  const error = await errorOf(ask(client));
  assert.equal(error.code, 'sign-in');
  assert.equal(error.retryable, false);
  assert.match(error.message, /AADSTS7000215/);
  assert.match(error.message, /AZURE_CLIENT_SECRET/);
  assert.ok(!inspect(error, { depth: 20, showHidden: true }).includes(SECRET));
  await errorOf(ask(client));
  assert.equal(asked, 1);
  await client.close();
});

test('a sign-in host that has trouble is unreachable, and not a wrong secret', async () => {
  const answer: Handler = (_request, response) =>
    sendJson(response, 503, { error: 'temporarily_unavailable' }, { 'retry-after': '0' });
  await using entra = await startEntra({ answer });
  const client = entra.connect();
  const error = await errorOf(ask(client));
  assert.equal(error.code, 'unreachable');
  assert.equal(error.retryable, true);
  assert.match(error.message, /temporarily_unavailable/);
  await client.close();
});

test('a sign-in host that answers with the page of a broken proxy is unreachable, too', async () => {
  const answer: Handler = (_request, response) => sendJson(response, 502, {}, { 'retry-after': '0' });
  await using entra = await startEntra({ answer });
  const client = entra.connect();
  const { error, trouble } = await withJournal(async () => ({
    error: await errorOf(ask(client)),
    trouble: journalEntries().trouble,
  }));
  assert.equal(error.code, 'unreachable');
  assert.deepEqual(
    trouble.map(({ where, what }) => [where, what]),
    [['sign-in', '502']],
  );
  await client.close();
});

test('a sign-in host that refuses connections, and one that is not trusted', async () => {
  await using entra = await startEntra();
  const settings = {
    mode: 'client-secret',
    tenantId: TENANT,
    clientId: CLIENT,
    clientSecret: SECRET,
  } as const;
  const refusing = entra.arm.client({}, { authorityHost: 'https://127.0.0.1:1', credential: settings });
  const error = await errorOf(ask(refusing));
  assert.equal(error.code, 'unreachable');
  assert.ok(!inspect(error, { depth: 20, showHidden: true }).includes(SECRET));
  const other = await createCertificate();
  const untrusting = entra.arm.client(
    {},
    { authorityHost: entra.arm.origin, credential: settings, tls: { mode: 'ca', ca: other.cert } },
  );
  const untrusted = await errorOf(ask(untrusting));
  assert.equal(untrusted.code, 'unreachable'); // the library does not say why
  assert.match(untrusted.message, /certificate is not trusted/);
  assert.equal(entra.issued.length, 0);
  await Promise.all([refusing.close(), untrusting.close()]);
});

test('a managed identity signs in at its machine, for the resource manager in use', async () => {
  await using entra = await startEntra();
  const asked: URLSearchParams[] = [];
  const machine = createServer((request, response) => {
    asked.push(new URL(request.url ?? '', 'http://machine').searchParams);
    const access_token = `managed-${asked.length}`;
    entra.issued.push(access_token);
    const expires_on = String(Math.floor(Date.now() / 1000) + 86_400);
    response.end(JSON.stringify({ access_token, expires_on, token_type: 'Bearer' }));
  }).listen(0, '127.0.0.1');
  await once(machine, 'listening');
  const { port } = machine.address() as AddressInfo;
  Object.assign(process.env, { IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/token`, IDENTITY_HEADER: 'x' });
  const client = entra.arm.client({}, { credential: { mode: 'managed-identity', clientId: CLIENT } });
  try {
    assert.deepEqual((await ask(client)).json, { ok: 'managed-1' });
    assert.equal(asked[0]?.get('client_id'), CLIENT);
    assert.equal(asked[0]?.get('resource'), entra.arm.origin);
  } finally {
    delete process.env.IDENTITY_ENDPOINT;
    delete process.env.IDENTITY_HEADER;
    await client.close();
    machine.close();
    machine.closeAllConnections();
  }
});

test('the Azure CLI gives the token of who is signed in there', async () => {
  await using entra = await startEntra();
  const folder = mkdtempSync(join(tmpdir(), 'dr365-azure-'));
  const expires_on = Math.floor(Date.now() / 1000) + 3600;
  const answer = JSON.stringify({ accessToken: 'from-cli', expires_on, tokenType: 'Bearer' });
  writeFileSync(join(folder, 'az'), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
  entra.issued.push('from-cli');
  const client = entra.arm.client({}, { credential: { mode: 'azure-cli' } });
  const path = process.env.PATH;
  process.env.PATH = `${folder}:${path}`;
  try {
    assert.deepEqual((await ask(client)).json, { ok: 'from-cli' });
  } finally {
    process.env.PATH = path;
    await client.close();
    rmSync(folder, { recursive: true });
  }
});

test('the Azure CLI that is not signed in says what to do', async () => {
  await using entra = await startEntra();
  const client = entra.connect({ mode: 'azure-cli' });
  const path = process.env.PATH;
  process.env.PATH = '/nonexistent';
  try {
    const error = await errorOf(ask(client));
    assert.equal(error.code, 'sign-in');
    assert.match(error.message, /az login/);
  } finally {
    process.env.PATH = path;
    await client.close();
  }
});
