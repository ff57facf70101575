import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AzureSettings } from '../../src/azure/settings.ts';
import { createArmTokens } from '../../src/azure/token.ts';
import { createLog } from '../../src/log.ts';
import { createHandles } from '../../src/recovery-services/handles.ts';
import { privateFiles } from '../../src/recovery-services/private-files.ts';
import { removeKeptTokens, tokenCache } from '../../src/recovery-services/token-cache.ts';
import { VAULT } from '../azure/fake-arm.ts';
import { createTestClock } from '../support/test-clock.ts';

const LOG = createLog('silent');
const AZURE: AzureSettings = {
  credential: { mode: 'client-secret', tenantId: 't', clientId: 'c', clientSecret: 's-1' },
};

function folder() {
  const path = join(mkdtempSync(join(tmpdir(), 'dr365-rs-state-')), 'state');
  return {
    path,
    files: privateFiles(path),
    [Symbol.dispose]: () => rmSync(join(path, '..'), { recursive: true }),
  };
}

let issued = 0;

/** Tokens as a new process would have them: its own memory, the same folder. */
function processOf(files: ReturnType<typeof privateFiles>, clock = createTestClock(), azure = AZURE) {
  let signIns = 0;
  const source = async () => {
    signIns += 1;
    issued += 1;
    return { token: `token-${issued}`, expiresAt: clock.now() + 3_600_000 };
  };
  const tokens = createArmTokens(() => source, { secrets: [], clock, store: tokenCache(azure, files, LOG) });
  return { tokens, signIns: () => signIns };
}

test('a token is kept where its owner alone can read it, and the next process uses it without a sign-in', async () => {
  using at = folder();
  const clock = createTestClock();
  const first = processOf(at.files, clock);
  const token = await first.tokens.current();
  const [name = ''] = readdirSync(at.path);
  assert.equal(statSync(at.path).mode & 0o777, 0o700);
  assert.equal(statSync(join(at.path, name)).mode & 0o777, 0o600);
  const second = processOf(at.files, clock);
  assert.equal(await second.tokens.current(), token);
  assert.equal(second.signIns(), 0);
  assert.equal(second.tokens.redact(`x ${token} y`), 'x *** y');
});

test('a kept token that ends soon is not used; one that is refused is removed and replaced', async () => {
  using at = folder();
  const clock = createTestClock();
  const token = await processOf(at.files, clock).tokens.current();
  const later = processOf(at.files, clock);
  assert.equal(await later.tokens.current(), token);
  const other = await later.tokens.renew(token);
  assert.ok(other && other !== token);
  assert.ok(!readFileSync(join(at.path, readdirSync(at.path)[0] ?? ''), 'utf8').includes(token));
  clock.advance(3_400_000);
  const last = processOf(at.files, clock);
  assert.notEqual(await last.tokens.current(), other);
  assert.equal(last.signIns(), 1);
});

test('another secret, tenant or cloud never gets a token that was not made for it; az login and static are not kept', async () => {
  using at = folder();
  await processOf(at.files).tokens.current();
  const { credential } = AZURE;
  assert.equal(credential.mode, 'client-secret');
  const others: AzureSettings[] = [
    { credential: { ...credential, clientSecret: 's-2' } as AzureSettings['credential'] },
    { ...AZURE, cloud: 'china' },
    { ...AZURE, resourceManagerUrl: 'https://arm.example' },
  ];
  for (const azure of others) assert.equal(tokenCache(azure, at.files, LOG)?.read(), undefined);
  assert.equal(tokenCache({ credential: { mode: 'azure-cli' } }, at.files, LOG), undefined);
  assert.equal(removeKeptTokens(at.files), 1);
  assert.deepEqual(readdirSync(at.path), []);
});

test('a file that is spoilt, and a folder that cannot be written, cost a sign-in and no more', async () => {
  using at = folder();
  const { tokens } = processOf(at.files);
  await tokens.current();
  const [name = ''] = readdirSync(at.path);
  writeFileSync(join(at.path, name), '{"token": 3');
  const next = processOf(at.files);
  await next.tokens.current();
  assert.equal(next.signIns(), 1);
  const blocked = privateFiles(join(at.path, name, 'below-a-file'));
  assert.match(await processOf(blocked).tokens.current(), /^token-/);
});

const OPERATION = {
  kind: 'status' as const,
  target: '/subscriptions/x/op?api-version=1',
  id: 'op',
  retryAfterSeconds: 60,
};

test('a handle outlives the process, and is refused when changed, foreign, of another Azure or too old', () => {
  using at = folder();
  let now = Date.parse('2026-03-01T12:00:00Z');
  const options = { log: LOG, now: () => now };
  const make = (origin = 'https://arm.example', files = at.files) => createHandles(origin, files, options);
  const tracked = { operation: OPERATION, vault: VAULT, tool: 't', startedAt: new Date(now) };
  const handle = make().seal(tracked);
  assert.deepEqual(make().open(handle), tracked);
  assert.equal(statSync(join(at.path, 'handles.key')).mode & 0o777, 0o600);

  using elsewhere = folder();
  const [text = '', signature = ''] = handle.split('.');
  const body = JSON.parse(Buffer.from(text, 'base64url').toString());
  const forged = Buffer.from(JSON.stringify({ ...body, target: '/subscriptions/evil' })).toString(
    'base64url',
  );
  for (const wrong of [`${forged}.${signature}`, text, '', 'x.y', `${text}.AAAA`, 'https://evil.example/op'])
    assert.throws(() => make().open(wrong), /not one that this server gave/, wrong);
  assert.throws(
    () => make('https://arm.example', elsewhere.files).open(handle),
    /not one that this server gave/,
  );
  assert.throws(() => make('https://other.example').open(handle), /not one that this server gave/);
  now += 15 * 86_400_000;
  assert.throws(() => make().open(handle), /older than 14 days/);
});
