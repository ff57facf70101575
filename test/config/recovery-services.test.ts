import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { loadRecoveryServices } from '../../src/config/recovery-services.ts';
import { ConfigError } from '../../src/errors.ts';
import { aliasOf, resolveVault } from '../../src/recovery-services/vault-reference.ts';

const SUB = '11111111-1111-1111-1111-111111111111';
const OTHER = '22222222-2222-2222-2222-222222222222';

/** A folder to start in and a home, with these files. */
function places(files: Record<string, string>) {
  const root = mkdtempSync(join(tmpdir(), 'dr365-rs-config-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return {
    root,
    places: { cwd: join(root, 'cwd'), home: join(root, 'home') },
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

const section = (vault: string, more = '') =>
  `[recovery_services]\nsubscription_id = "${SUB}"\nresource_group = "rg"\nvault_name = "${vault}"\n${more}`;
const usedOf = ({ lookedAt }: { lookedAt: { place: string; outcome: string }[] }) =>
  lookedAt.filter(({ outcome }) => outcome === 'used').map(({ place }) => place);

function refusal(files: Record<string, string>, env: Record<string, string> = {}): string {
  using folder = places(files);
  try {
    loadRecoveryServices(env, folder.places);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.replaceAll(folder.root, '');
  }
  throw new Error('it was not refused');
}

test('the first place that has the section is used, in the order of the contract', () => {
  const order = [
    'cwd/dr365.toml',
    'cwd/recovery_services_config.toml',
    'cwd/config/recovery_services.toml',
    'home/.config/codex/recovery_services.toml',
  ];
  for (const [index, winner] of order.entries()) {
    const files = Object.fromEntries(
      order.slice(index).map((name, at) => [name, section(`vault-${index + at}`)]),
    );
    using folder = places({ 'cwd/.keep': '', ...files });
    const settings = loadRecoveryServices({ AZURE_VAULT_NAME: 'from-environment' }, folder.places);
    assert.deepEqual(usedOf(settings), [join(folder.root, winner)]);
    assert.equal(resolveVault({}, settings).vault, `vault-${index}`);
  }
  using given = places({ 'cwd/dr365.toml': section('no'), 'cwd/my.toml': section('mine') });
  assert.equal(loadRecoveryServices({}, { ...given.places, configFile: 'my.toml' }).vaults[0]?.vault, 'mine');
});

test('a dr365.toml without the section is passed over; the environment comes last', () => {
  using folder = places({ 'cwd/dr365.toml': '[money]\ncurrency = "EUR"\n' });
  const env = { AZURE_SUBSCRIPTION_ID: SUB, AZURE_RESOURCE_GROUP: 'rg-env', AZURE_VAULT_NAME: 'kv-env' };
  const settings = loadRecoveryServices(env, folder.places);
  assert.deepEqual(
    settings.lookedAt.map(({ outcome }) => outcome),
    ['has no such section', 'not there', 'not there', 'not there', 'used'],
  );
  const { alias, ...vault } = resolveVault({}, settings);
  assert.deepEqual([alias, vault], [null, { subscriptionId: SUB, resourceGroup: 'rg-env', vault: 'kv-env' }]);
  assert.deepEqual([settings.allowWrites, settings.allowDestructive], [false, false]);
  assert.equal(settings.azure.credential.mode, 'azure-cli');
});

test('with nothing configured it starts, and a call says where it looked', () => {
  using folder = places({ 'cwd/.keep': '' });
  const settings = loadRecoveryServices({}, folder.places);
  assert.throws(
    () => resolveVault({}, settings),
    /no subscription is configured; looked at: .*dr365\.toml \(not there\)/,
  );
});

test('several vaults are addressed by alias or name, and one is the default', () => {
  using folder = places({
    'cwd/dr365.toml': `[recovery_services]
subscription_id = "${SUB}"
resource_group = "rg"
allow_writes = true
[recovery_services.vaults.production]
name = "kv-prod"
description = "the real one"
is_default = true
[recovery_services.vaults.staging]
vault_name = "kv-stage"
subscription_id = "${OTHER}"
resource_group = "rg-stage"
`,
  });
  const settings = loadRecoveryServices({}, folder.places);
  assert.deepEqual(settings.subscriptionIds, [SUB, OTHER]);
  assert.equal(settings.allowWrites, true);
  assert.equal(resolveVault({}, settings).vault, 'kv-prod');
  for (const name of ['Staging', 'kv-stage', 'KV-STAGE']) {
    const { vault, resourceGroup, subscriptionId } = resolveVault({ vault_name: name }, settings);
    assert.deepEqual([vault, resourceGroup, subscriptionId], ['kv-stage', 'rg-stage', OTHER]);
  }
  const free = resolveVault({ vault_name: 'kv-else', resource_group: 'rg2' }, settings);
  assert.deepEqual([free.vault, free.resourceGroup, free.alias], ['kv-else', 'rg2', null]);
  assert.throws(
    () => resolveVault({ vault_name: 'staging', resource_group: 'rg' }, settings),
    /not where the arguments say/,
  );
  assert.equal(
    aliasOf({ vault: 'KV-PROD', resourceGroup: 'RG', subscriptionId: SUB }, settings.vaults),
    'production',
  );
});

test('without a group to go by, an unknown name is answered with the aliases', () => {
  using folder = places({
    'cwd/dr365.toml': `[recovery_services.vaults.production]\nname = "kv-prod"\nresource_group = "rg"\nsubscription_id = "${SUB}"\n`,
  });
  const settings = loadRecoveryServices({}, folder.places);
  assert.throws(() => resolveVault({ vault_name: 'prod-x' }, settings), /the configuration has: production/);
});

test('what is wrong in a file is said with file, line and remedy; secrets are refused there', () => {
  const cases = [
    [
      'allow_write = true',
      /dr365\.toml, line 5: recovery_services\.allow_write is not known: there are .*allow_writes/,
    ],
    ['client_secret = "geheim"', /line 5: .*client_secret.*AZURE_CLIENT_SECRET/],
    ['allow_destructive = true', /allow_destructive = true needs allow_writes/],
    ['enabled = false', /switched off/],
    ['allow_writes = "yes"', /line 5: recovery_services\.allow_writes/],
    ['[recovery_services.vaults.a]\ndescription = "x"', /vaults\.a has no name/],
    [
      '[recovery_services.vaults.a]\nname = "kv-a"\nnmae = "x"',
      /line 7: .*nmae is not known: there are name, vault_name/,
    ],
    [
      '[recovery_services.vaults.a]\nname = "kv-a"\nis_default = true\n[recovery_services.vaults.b]\nname = "kv-b"\nis_default = true',
      /a and b both/,
    ],
  ] as const;
  for (const [more, message] of cases) {
    const said = refusal({ 'cwd/dr365.toml': section('kv1', more) });
    assert.match(said, message);
    assert.ok(!said.includes('geheim'));
  }
  assert.match(
    refusal({ 'cwd/recovery_services_config.toml': '[other]\n' }),
    /no section \[recovery_services\]/,
  );
  assert.match(refusal({ 'cwd/dr365.toml': 'a = = 1' }), /line 1: no valid TOML/);
  assert.match(refusal({}, { AZURE_SUBSCRIPTION_ID: 'nonsense' }), /AZURE_SUBSCRIPTION_ID=nonsense is wrong/);
});

test('a wrong variable of another part of the program is none of its business', () => {
  using folder = places({ 'cwd/dr365.toml': section('kv1') });
  assert.equal(loadRecoveryServices({ VEEAM_PORT: 'x', DB_PORT: 'y' }, folder.places).vaults.length, 1);
});
