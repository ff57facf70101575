import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadBusinessContext, parseBusinessContext } from '../../src/business/load.ts';
import { ConfigError } from '../../src/errors.ts';

const parse = (text: string) => parseBusinessContext(text, 'dr365.toml');

/** The message for a text that is refused. */
function refusal(text: string): string {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
  assert.fail(`accepted: ${text}`);
}

/** One problem is one line that names file, line and key, and says what would be right. */
function assertRefused(text: string, line: number, ...parts: string[]): void {
  const message = refusal(text);
  assert.ok(message.startsWith(`dr365.toml, line ${line}: `), message);
  for (const part of parts) assert.ok(message.includes(part), `${message}\nlacks ${part}`);
  assert.ok(!message.includes('\n'), message);
}

test('without a file everything is a default, and says so', () => {
  const context = loadBusinessContext(undefined);
  assert.equal(context.path, null);
  assert.deepEqual(context.tiers, []);
  assert.deepEqual(context.risk, {
    severities: { gap: 0.6, capacity: 0.5, integrity: 0.4, recover: 0.8 },
    tierWeights: { 1: 1, 2: 0.75, 3: 0.5, 4: 0.25 },
    assumedWeight: 0.6,
    leadTimeDays: 30,
  });
  assert.deepEqual(context.money, { pricePerTbYear: 100, currency: 'USD', priceBasis: 'default' });
  assert.deepEqual(context.restore, {
    slots: null,
    bandwidthGbPerMinute: null,
    overheadMinutes: 5,
    gbPerMinute: 1.5,
  });
  assert.deepEqual(context.schedule, {});
  assert.ok(Object.isFrozen(context) && Object.isFrozen(context.risk.severities));
});

test('the example file is read, and every setting in it takes effect', () => {
  const context = loadBusinessContext(join(import.meta.dirname, '../../dr365.example.toml'));
  assert.match(String(context.path), /dr365\.example\.toml$/);
  assert.ok(context.tiers.length >= 6);
  assert.deepEqual([...new Set(context.tiers.map(({ kind }) => kind))].sort(), [
    'id',
    'name',
    'pattern',
    'tag',
  ]);
  assert.notEqual(context.targets.byTier[1].rtoMinutes, null);
  assert.ok(context.targets.overrides.length > 0);
  assert.equal(context.money.priceBasis, 'set');
  assert.ok(Object.keys(context.schedule).length > 0);
});

test('what the file says replaces a default, and the rest stays', () => {
  const context = parse(`
    [risk]
    lead_time_days = 60
    severities.gap = 0.9
    tier_weights = { 1 = 1, 2 = 0.5, 3 = 0.4, 4 = 0.1, assumed = 0.3 }
    [money]
    currency = "EUR"
    price_per_tb_year = 240.5
    [restore]
    slots = 8
    [schedule]
    health = "5 * * * *"
    time_zone = "Europe/Berlin"`);
  assert.equal(context.risk.leadTimeDays, 60);
  assert.deepEqual(context.risk.severities, { gap: 0.9, capacity: 0.5, integrity: 0.4, recover: 0.8 });
  assert.equal(context.risk.assumedWeight, 0.3);
  assert.deepEqual(context.money, { pricePerTbYear: 240.5, currency: 'EUR', priceBasis: 'set' });
  assert.equal(context.restore.slots, 8);
  assert.deepEqual(context.schedule, { SCHEDULE_HEALTH: '5 * * * *', SCHEDULE_TIME_ZONE: 'Europe/Berlin' });
});

test('a key that is not known is refused with its line and the one that was meant', () => {
  assertRefused(
    '[money]\nprice_per_tb = 100',
    2,
    'money.price_per_tb',
    'did you mean money.price_per_tb_year?',
  );
  assertRefused('\n[target.1]\nrpo_hours = 1', 2, 'target', 'did you mean targets?');
  assertRefused('[tiers.5]\nnames = ["a"]', 1, 'tiers.5', 'tiers are 1, 2, 3 and 4');
  assertRefused('[tiers]\n"SQL-01" = 1', 2, 'tiers.SQL-01', '[tiers.1]');
  assertRefused('[tiers.1]\npattern = ["a"]', 2, 'tiers.1.pattern', 'did you mean tiers.1.patterns?');
  assertRefused(
    '[targets.overrides]\n"SQL 01" = { rpo = 1 }',
    2,
    'targets.overrides."SQL 01".rpo',
    'rpo_hours',
  );
  assertRefused('frobnicate = 1', 1, 'frobnicate', 'there are tiers, targets');
});

test('a wrong type or a value out of range is refused with its line and what would be right', () => {
  assertRefused(
    '[targets.1]\nrpo_hours = "4"',
    2,
    'targets.1.rpo_hours = "4"',
    'a number from 0.1 to 8760 (hours)',
  );
  assertRefused('[targets.1]\n\nrto_minutes = -5', 3, 'targets.1.rto_minutes = -5', 'minutes');
  assertRefused('[targets.1]\nrto_minutes = nan', 2, 'rto_minutes = NaN', 'minutes');
  assertRefused('[targets]\n1 = 4', 2, 'targets.1 = 4', '{ rpo_hours = 4, rto_minutes = 60 }');
  assertRefused('[tiers.1]\nnames = "SQL-01"', 2, 'tiers.1.names = "SQL-01"', 'a list of texts');
  assertRefused('[tiers.1]\nnames = [\n  "a",\n  5,\n]', 2, 'tiers.1.names 5', 'text in quotes');
  assertRefused('[restore]\nslots = 2.5', 2, 'restore.slots = 2.5', 'whole number');
  assertRefused('[money]\ncurrency = "Euro"', 2, 'money.currency = "Euro"', 'three capital letters');
  assertRefused('[schedule]\nhealth = "99 * * * *"', 2, 'schedule.health', 'cron expression');
  assertRefused('[schedule]\ntime_zone = "Mars/Olympus"', 2, 'schedule.time_zone', 'IANA time zone');
  assertRefused('[risk]\nlead_time_days = 1979-05-27', 2, 'risk.lead_time_days = a date', 'days');
  assertRefused('[risk.severities]\nrecover = 8', 2, 'risk.severities.recover = 8', 'from 0.01 to 1');
});

test('a pattern that is a regular expression is refused at its own line', () => {
  assertRefused(
    '[tiers.1]\npatterns = [\n  "ERP",\n  "^SQL.*$",\n]',
    4,
    'tiers.1.patterns "^SQL.*$"',
    'regular expression',
  );
  assertRefused("[tiers.2]\npatterns = ['(a+)+$']", 2, 'tiers.2.patterns "(a+)+$"', 'regular expression');
});

test('a rule that stands twice is refused, whatever its case and tier', () => {
  assertRefused(
    '[tiers.1]\nnames = ["SQL-01"]\n[tiers.2]\nnames = [\n  "b",\n  "sql-01",\n]',
    6,
    'tiers.2.names "sql-01"',
    'tiers.1.names "SQL-01"',
  );
  assertRefused('[tiers.1]\npatterns = ["ERP", "erp"]', 2, 'twice');
  assertRefused(
    '[targets.overrides]\nA = { rpo_hours = 1 }\na = { rpo_hours = 2 }',
    3,
    'targets.overrides.a',
    '"A"',
  );
  assertRefused('[tiers.1]\nnames = ["a"]\nnames = ["b"]', 3, 'no valid TOML');
  parse('[tiers.1]\nnames = ["erp"]\npatterns = ["erp"]\ntags = ["erp"]');
});

test('weights that contradict the order of tiers are refused', () => {
  assertRefused(
    '[risk.tier_weights]\n4 = 0.9',
    1,
    'risk.tier_weights',
    'tier 1 has to weigh most',
    '1, 0.75, 0.5, 0.9',
  );
  assertRefused('[risk.tier_weights]\nassumed = 0.1', 2, 'risk.tier_weights.assumed', 'between');
  assert.equal(parse('[risk.tier_weights]\n2 = 0.9\n3 = 0.8\n4 = 0.7').risk.assumedWeight, 0.7);
});

test('sections for what does not exist yet are refused, not ignored', () => {});

test('the section of the Azure Backup server is none of the business, and changes no fingerprint', () => {
  const own = '[tiers.1]\nnames = ["a"]\n';
  const other = '[recovery_services]\nallow_writes = true\n[recovery_services.vaults.x]\nanything = 1\n';
  assert.deepEqual(parse(own + other), parse(own));
});

test('everything that is wrong is in one message, by line', () => {
  const message = refusal('[money]\ncurrency = 3\n[tiers.9]\n[risk]\nlead_time_days = 0');
  assert.match(message, /^dr365\.toml has wrong settings:\n {2}line 2: .*\n {2}line 3: .*\n {2}line 5: .*$/);
  const many = `[tiers.1]\nnames = [${'1, '.repeat(500)}]`;
  assert.match(refusal(many), /and 480 more$/);
});

test('a text that is no TOML is refused with its line', () => {
  assertRefused('[tiers.1]\nnames = ["a"', 2, 'no valid TOML');
  assertRefused('[tiers.1\n', 1, 'no valid TOML');
  assertRefused('x = 99999999999999999999', 1, 'no valid TOML');
  assertRefused('__proto__ = 1', 1, 'no valid TOML');
  assert.match(refusal(`x = ${'['.repeat(5_000)}`), /no valid TOML/);
});

test('a file is read as Windows editors write it, and refused if it is not UTF-8 or cannot be read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dr365-toml-'));
  const file = join(folder, 'dr365.toml');
  try {
    writeFileSync(file, '\uFEFF[money]\r\ncurrency = "EUR"\r\n');
    assert.equal(loadBusinessContext(file).money.currency, 'EUR');
    writeFileSync(file, '\uFEFF[money]\r\n\r\ncurrency = 1\r\n');
    assert.throws(() => loadBusinessContext(file), /dr365\.toml, line 3: money\.currency/);
    writeFileSync(file, '[money]\ncurrency = "EUR"\n', 'utf16le');
    writeFileSync(file, Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('[money]', 'utf16le')]));
    assert.throws(() => loadBusinessContext(file), /UTF-8/);
    assert.throws(
      () => loadBusinessContext(folder),
      (error) => error instanceof ConfigError && /EISDIR.*DR365_CONFIG/.test(error.message),
    );
    assert.throws(() => loadBusinessContext(join(folder, 'none.toml')), /ENOENT/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the fingerprint tells what the file says, not how it is written', () => {
  const one = parse('[money]\ncurrency = "EUR"\nprice_per_tb_year = 50\n').fingerprint;
  assert.match(one, /^[0-9a-f]{16}$/);
  assert.equal(parse('# ours\nmoney = { price_per_tb_year = 50.0, currency = "EUR" }').fingerprint, one);
  assert.notEqual(parse('[money]\ncurrency = "EUR"\nprice_per_tb_year = 51').fingerprint, one);
  assert.equal(parse('').fingerprint, loadBusinessContext(undefined).fingerprint);
  assert.notEqual(
    parse('[tiers.1]\nnames = ["a"]').fingerprint,
    parse('[tiers.2]\nnames = ["a"]').fingerprint,
  );
});

test('every schedule that the environment knows, and no other, may stand in the file', () => {
  const example = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8');
  const variables = [...example.matchAll(/^SCHEDULE_(\w+)=/gm)].map((match) => String(match[1]));
  const right = (name: string) => (name === 'TIME_ZONE' ? 'Europe/Berlin' : '0 4 * * *');
  const text = variables.map((name) => `${name.toLowerCase()} = "${right(name)}"`).join('\n');
  assert.deepEqual(
    Object.keys(parse(`[schedule]\n${text}`).schedule).sort(),
    variables.map((name) => `SCHEDULE_${name}`).sort(),
  );
  const known = /there are (.*)$/.exec(refusal('[schedule]\nzzz = "0 4 * * *"'))?.[1];
  assert.deepEqual(known?.split(', ').sort(), variables.map((name) => name.toLowerCase()).sort());
});
