import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fingerprint } from '../../../src/analysis/health/fingerprint.ts';

/** Each pair is the same reason on another night. */
const SAME: readonly (readonly [string, string, string?])[] = [
  [
    'There is not enough space on the disk. Failed to write data to the file [E:\\Backups\\Job SQL\\SQL01D2026-03-01T220000_AB12.vbk].',
    'There is not enough space on the disk. Failed to write data to the file [F:\\Other\\X9.vib].',
    'There is not enough space on the disk. Failed to write data to the file <path>.',
  ],
  [
    'Es ist nicht genügend Speicherplatz verfügbar. Repository „Backup Repo 3“, frei: 1,2 GB am 02.03.2026 22:15:04',
    'Es ist nicht genügend Speicherplatz verfügbar. Repository „Repo 5“, frei: 512 MB am 13.3.2026 2:45',
    'Es ist nicht genügend Speicherplatz verfügbar. Repository <name>, frei: <n> am <time>',
  ],
  [
    "Failed to connect to proxy 'proxy-03.corp.local' (10.20.30.40:6162) at 3/2/2026 10:15:03 PM",
    "Failed to connect to proxy 'PX1' (192.168.1.4) at 2026-03-02T22:15:03.1234567+01:00",
    'Failed to connect to proxy <name> (<ip>) at <time>',
  ],
  [
    'Processing SQL-PROD-01 Error: Host srv-esx4.corp.local not found (fe80::1ff:fe23:4567:890a)',
    'Processing web Error: Host esx12 not found (10.1.2.3)',
    'Processing <name> Error: Host <name> not found (<ip>)',
  ],
  [
    'Task 6a7b8c9d-0000-1111-2222-333344445555 failed on SRV01, SRV02 and SRV03 after 00:12:13',
    'Task {6A7B8C9D-1111-1111-2222-333344445555} failed on SRV77 after 1:02:13',
    'Task <id> failed on <name> after <time>',
  ],
  [
    'Cannot open \\\\nas01\\backup share\\folder\\x.vbk: user CORP\\svc_veeam, 12.5 MB/s',
    'Cannot open \\\\10.0.0.9\\share\\y.vbk: user admin@corp.local, 900 KB/s',
    'Cannot open <path>: user <name>, <n>',
  ],
  ['Mount of /mnt/backup/repo1/job.vbk failed', 'Mount of /data failed', 'Mount of <path> failed'],
  [
    'Download https://10.0.0.1:9419/a?b=1 failed',
    'Download https://vbr.local/x failed',
    'Download <url> failed',
  ],
];

test('messages that differ in ids, numbers, paths, names and times only are one', () => {
  for (const [one, other, template] of SAME) {
    assert.equal(fingerprint(one)?.template, template);
    assert.deepEqual(fingerprint(other), fingerprint(one));
  }
});

test('different reasons differ', () => {
  const all = SAME.map(([message]) => fingerprint(message)?.fingerprint);
  assert.equal(new Set(all).size, all.length);
});

test('error codes and constants are the reason and stay', () => {
  assert.match(fingerprint('Access failed (0x80070005) on SRV1')?.template ?? '', /0x80070005/);
  assert.match(
    fingerprint('Writer [0x800423F2] VSS_WS_FAILED_AT_FREEZE')?.template ?? '',
    /0x800423f2.*VSS_WS_FAILED_AT_FREEZE/i,
  );
  assert.match(fingerprint('System.Net.Sockets.SocketException: refused')?.template ?? '', /SocketException/);
});

test('apostrophes are not quotes, and a quoted sentence is kept', () => {
  assert.equal(fingerprint("Can't start; it wasn't found")?.template, "Can't start; it wasn't found");
  const quoted = fingerprint("Error: 'The account is locked out on 3 hosts'")?.template;
  assert.equal(quoted, "Error: 'The account is locked out on <n> hosts'");
});

test('names that are known are masked where nothing shows that they are names', () => {
  const names = ['Payroll', 'Payroll (new)', 'x'];
  assert.equal(
    fingerprint('Backup of Payroll (new) failed on Payroll', names)?.template,
    'Backup of <name> failed on <name>',
  );
  assert.equal(fingerprint('a.c failed', ['a.c', 'b[', '('])?.template, '<name> failed');
});

test('an empty message has no fingerprint', () => {
  for (const message of [null, undefined, '', ' \n\t', '\u200b']) assert.equal(fingerprint(message), null);
});

test('the fingerprint of a release is that of the next', () => {
  assert.equal(fingerprint('No space left on device')?.fingerprint, '4e2d856437f5803c');
});

test('any text gives a bounded template, the same each time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 3000 }), (message) => {
      const result = fingerprint(message);
      if (result === null) return;
      assert.match(result.fingerprint, /^[0-9a-f]{16}$/);
      assert.ok(result.template.length <= 300);
      assert.deepEqual(fingerprint(message), result);
    }),
    { numRuns: 300 },
  );
});

test('hostile repetitions are masked like any other text', () => {
  for (const part of [
    '\\',
    "'",
    'a ',
    '1:',
    'a.',
    '1.',
    '/a',
    '[',
    '<name>, ',
    'C:\\a b c d\\',
    '0a',
    '„',
    '-',
    '::',
  ]) {
    assert.ok((fingerprint(`C:\\${part.repeat(5000)}!`)?.template.length ?? 0) <= 300);
  }
});

test('names of any characters are masked, hyphens and brackets among them', () => {
  const names = ['ber-print-182', 'SQL (prod) [01]', 'a/b\\c', 'x.y*z+?', '{1}$^|'];
  for (const name of names) {
    assert.equal(
      fingerprint(`Processing ${name} failed`, [name])?.template,
      fingerprint('Processing web-1 failed', ['web-1'])?.template,
      name,
    );
  }
});
