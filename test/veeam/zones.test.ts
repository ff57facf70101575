import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveZone } from '../../src/veeam/zones.ts';
import { WINDOWS_ZONES } from '../../src/wire/windows-zones.ts';

const WINTER = '2026-01-15T10:00:00.1234567+01:00';

test('the configured zone comes first, then the IANA name of the server', () => {
  assert.deepEqual(resolveZone({ configured: 'Asia/Tokyo', ianaTimeZoneId: 'Europe/Berlin' }), {
    zone: 'Asia/Tokyo',
    zoneBasis: 'configured',
  });
  assert.deepEqual(resolveZone({ ianaTimeZoneId: 'Europe/Rome', timeZone: 'x', serverTime: WINTER }), {
    zone: 'Europe/Rome',
    zoneBasis: 'iana',
  });
});

test('the display text and the name of Windows are known', () => {
  for (const [timeZone, serverTime, zone] of [
    ['(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna', WINTER, 'Europe/Berlin'],
    ['W. Europe Standard Time', WINTER, 'Europe/Berlin'],
    ['(UTC+01:00) Brussels, Copenhagen, Madrid, Paris', WINTER, 'Europe/Paris'],
    ['(UTC-05:00) Eastern Time (US & Canada)', '2026-07-15T10:00:00-04:00', 'America/New_York'],
    ['(UTC-06:00) Central Time (US & Canada)', '2026-01-15T10:00:00-06:00', 'America/Chicago'],
    ['(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi', '2026-01-15T10:00:00+05:30', 'Asia/Kolkata'],
    ['(UTC+00:00) Dublin, Edinburgh, Lisbon, London', '2026-07-15T10:00:00+01:00', 'Europe/London'],
    ['(UTC) Coordinated Universal Time', '2026-07-15T10:00:00Z', 'Etc/UTC'],
    ['(UTC+10:00) Canberra, Melbourne, Sydney', '2026-01-15T10:00:00+11:00', 'Australia/Sydney'],
  ] as const) {
    assert.deepEqual(resolveZone({ timeZone, serverTime }), { zone, zoneBasis: 'windows-name' });
  }
});

test('a display text in another language is known by the places it shares', () => {
  assert.deepEqual(
    resolveZone({
      timeZone: '(UTC+01:00) Amsterdam, Berlin, Bern, Rom, Stockholm, Wien',
      serverTime: WINTER,
    }),
    { zone: 'Europe/Berlin', zoneBasis: 'windows-name' },
  );
});

test('a name that does not give the offset of the server time is not believed', () => {
  assert.deepEqual(
    resolveZone({ ianaTimeZoneId: 'Asia/Tokyo', timeZone: 'W. Europe Standard Time', serverTime: WINTER }),
    { zone: 'Europe/Berlin', zoneBasis: 'windows-name' },
  );
  assert.deepEqual(resolveZone({ timeZone: 'Tokyo Standard Time', serverTime: WINTER }), {
    zone: '+01:00',
    zoneBasis: 'offset',
  });
});

test('without a known name the offset of the server time has to do, and says so', () => {
  assert.deepEqual(resolveZone({ timeZone: 'Mars', serverTime: '2026-01-15T10:00:00-03:30' }), {
    zone: '-03:30',
    zoneBasis: 'offset',
  });
  assert.deepEqual(resolveZone({ serverTime: '2026-01-15T10:00:00' }), { zone: 'UTC', zoneBasis: 'unknown' });
});

test('each zone of the table exists, and no Windows name means two zones', () => {
  const zones = new Map<string, string>();
  for (const { windowsName, iana, places } of WINDOWS_ZONES) {
    assert.doesNotThrow(() => new Intl.DateTimeFormat('en', { timeZone: iana }), iana);
    assert.ok(places && windowsName);
    if (places !== 'Nur-Sultan') assert.equal(zones.get(windowsName) ?? iana, iana, windowsName);
    zones.set(windowsName, iana);
  }
});
