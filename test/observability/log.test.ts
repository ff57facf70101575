import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../src/log.ts';
import { nameRun, withinRun } from '../../src/observability/run-context.ts';
import { rememberLogin, rememberSecret } from '../../src/observability/secrets.ts';

function logged(work: (log: ReturnType<typeof createLog>) => void): { text: string; lines: Line[] } {
  const written: string[] = [];
  work(createLog('trace', { write: (line: string) => written.push(line) }));
  return { text: written.join(''), lines: written.map((line) => JSON.parse(line) as Line) };
}

type Line = Record<string, unknown> & { msg?: string; err?: { message: string; stack: string } };

test('a line that is written while a run goes on says of which run, from however deep it comes', async () => {
  const lines: Line[] = [];
  const log = createLog('info', { write: (line: string) => lines.push(JSON.parse(line) as Line) });
  const client = async (text: string) => {
    await new Promise((done) => setImmediate(done));
    log.info(text);
  };
  await Promise.all(
    ['one', 'two'].map((source) =>
      withinRun({ worker: 'health', source }, async () => {
        await client('before the record');
        nameRun(`run of ${source}`);
        await client('deep below');
        log.warn({ worker: 'mounts' }, 'what the line says itself comes first');
      }),
    ),
  );
  log.info('no run');
  const facts = lines.map(({ msg, worker, source, runId }) => [msg, worker, source, runId]);
  for (const source of ['one', 'two']) {
    assert.ok(facts.some((line) => same(line, ['before the record', 'health', source, undefined])));
    assert.ok(facts.some((line) => same(line, ['deep below', 'health', source, `run of ${source}`])));
  }
  assert.equal(lines.find(({ worker }) => worker === 'mounts')?.runId !== undefined, true);
  assert.deepEqual(facts.at(-1), ['no run', undefined, undefined, undefined]);
});

const same = (a: unknown[], b: unknown[]) => JSON.stringify(a) === JSON.stringify(b);

test('a secret of the settings is in no line, in whichever form it travels', () => {
  const password = 'p"a$\\ß w&rd/+?';
  rememberLogin('HOST\\reader', password);
  rememberSecret('https://example.test/hook/4711-secret-path');
  const forms = [
    password,
    encodeURIComponent(password),
    new URLSearchParams({ password }).toString(),
    Buffer.from(`HOST\\reader:${password}`).toString('base64'),
    JSON.stringify({ grant: password }),
    'https://example.test/hook/4711-secret-path',
  ];
  const { text } = logged((log) => {
    for (const form of forms) {
      log.info(form);
      log.info({ deep: { a: [{ b: { c: { d: `said ${form} to me` } } }] } }, 'x');
      log.child({ bound: form }).error({ err: new Error(form, { cause: new Error(form) }) }, 'x');
      log.info({ [form]: 1 }, 'as a key');
    }
  });
  for (const form of ['4711', 'w&rd', 'w%26rd', ...forms.slice(0, 4)]) assert.ok(!text.includes(form), form);
  assert.ok(!text.includes(JSON.stringify(password).slice(1, -1)));
});

const HOSTILE: [what: string, text: string, secret: string][] = [
  ['bearer', 'authorization: Bearer abc.DEF-123_456~/+=', 'DEF-123'],
  ['basic', 'Basic dXNlcjpodW50ZXIy', 'dXNlcjpodW50ZXIy'],
  ['JWT', 'got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl back', 'c2lnbmF0dXJl'],
  ['password in a URL', 'postgres://dr365:hunter2@db/x', 'hunter2'],
  ['form', 'grant_type=password&username=a&password=hunter2&x=1', 'hunter2'],
  ['query', 'https://logic.example/workflows/1/triggers?sp=%2F&sig=hunter2', 'hunter2'],
  ['key of a function', 'https://x.azurewebsites.net/api/hook?code=hunter2==', 'hunter2'],
  ['Slack', 'POST https://hooks.slack.com/services/T0/B0/hunter2 failed', 'hunter2'],
  ['JSON', '{"client_secret":"hunter\\"2","a":1}', '2","a'],
  ['quoted', "password='hun ter2' and more", 'ter2'],
  ['connection string', 'Server=x;Uid=a;Pwd=hunter2;AccountKey=hunter3', 'hunter'],
  ['API key', 'x-api-key: hunter2', 'hunter2'],
  ['private key', '-----BEGIN RSA PRIVATE KEY-----\nMIIhunter2\n-----END RSA PRIVATE KEY-----', 'MIIhunter2'],
  ['cut private key', '-----BEGIN PRIVATE KEY-----\nMIIhunter2', 'MIIhunter2'],
];

for (const [what, hostile, secret] of HOSTILE)
  test(`a text that looks like a secret is not logged: ${what}`, () => {
    const { text } = logged((log) => {
      log.info(hostile);
      log.info({ upstream: { said: [hostile] } }, 'x');
      log.error(new Error(hostile));
      log.error({ err: new Error('outer', { cause: new Error(hostile) }) }, 'x');
    });
    assert.ok(!text.includes(secret), text);
  });

test('fields that are named like a secret are not logged at any depth, and counts under such names are', () => {
  const names = [
    'password',
    'accessToken',
    'refresh_token',
    'clientSecret',
    'Authorization',
    'set-cookie',
    'apiKey',
  ];
  const { text, lines } = logged((log) => {
    for (const name of [...names, 'webhook', 'private_key', 'connectionString', 'credentials'])
      log.info({ a: { b: { c: { d: { [name]: 'hunter2', [`${name}Count`]: 3 } } } } }, 'x');
    log.info({ credentials: { user: 'hunter2', nested: ['hunter2'] }, tokens: 12, token: null }, 'x');
  });
  assert.ok(!text.includes('hunter2'));
  assert.equal(lines.at(-1)?.tokens, 12);
  assert.equal(lines.at(-1)?.token, null);
});

test('a line of text without secrets stays as it is', () => {
  const plain =
    'VEEAM_PASSWORD_FILE=/run/secrets/veeam cannot be read: token expired, passwords differ (3 of 4)';
  const { lines } = logged((log) =>
    log.info({ rows: 3, at: 'vbr01:9419', error: { code: 'sign-in' } }, plain),
  );
  assert.equal(lines[0]?.rows, 3);
  assert.equal(lines[0]?.at, 'vbr01:9419');
  assert.deepEqual(lines[0]?.error, { code: 'sign-in' });
  assert.match(String(lines[0]?.msg), /cannot be read: token expired, passwords differ \(3 of 4\)$/);
});
