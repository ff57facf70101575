import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type {
  ComplianceEvidence,
  CopyEvidence,
  VerificationEvidence,
} from '../../../src/analysis/compliance/evidence.ts';
import { DIGITS } from '../../../src/analysis/compliance/rollup.ts';
import { type Compliance32110, compliance32110 } from '../../../src/analysis/compliance/rule-32110.ts';
import { DAY, NOW } from '../risk/builders.ts';

test('a machine with a disk copy and an immutable one off-site, verified, keeps the whole rule', () => {
  const result = compliance32110(evidence(), NOW);
  assert.deepEqual(statuses(result), ['proven', 'proven', 'proven', 'proven', 'proven']);
  assert.equal(result.status, 'proven');
  assert.deepEqual(
    result.offsite.rows.map(({ id }) => id),
    ['cloud'],
  );
  // The copies were made a day ago and count for 7 days.
  assert.equal(result.copies.expires, NOW + 6 * DAY);
  // Immutable for two more days, verified 10 days ago for 90.
  assert.equal(result.immutable.expires, NOW + 2 * DAY);
  assert.equal(result.errors.expires, NOW + 80 * DAY);
  assert.equal(result.expires, NOW + 2 * DAY);
});

/** Each digit over all that a single deciding copy can say, with and without a complete listing. */
const TABLE: [string, boolean | null, boolean, string][] = [
  ['shown', true, true, 'proven'],
  ['shown', true, false, 'proven'],
  ['denied', false, true, 'broken'],
  ['denied', false, false, 'unproven'],
  ['not known', null, true, 'unproven'],
  ['not known', null, false, 'unproven'],
];

for (const [what, value, isListed, expected] of TABLE) {
  const listing = isListed ? 'a complete listing' : 'no listing';
  test(`off-site, immutable and usable copies, ${what}, with ${listing}: ${expected}`, () => {
    const only = (given: Partial<CopyEvidence>) => {
      const copies = [production(), cloud({ isOffsite: null, isImmutable: null, ...given })];
      return compliance32110(evidence({ copies, census: isListed ? census(2, 1) : null }), NOW);
    };
    assert.equal(only({ isOffsite: value }).offsite.status, expected);
    assert.equal(only({ isImmutable: value }).immutable.status, expected);
    assert.equal(only({ isOffline: value, isImmutable: false }).immutable.status, expected);
    assert.equal(only({ isUsable: value, isOffsite: true }).offsite.status, expected);
  });
}

/** Number of distinct places (of 3) and kinds (of 2) shown, how many rows do not say, and whether all rows are here. */
test('the whole table of places and kinds: shown, unknown, missing from the listing', () => {
  for (const shown of [0, 1, 2, 3])
    for (const unknown of [0, 1, 2])
      for (const absent of [0, 1, 2, null]) {
        const copies = [
          ...Array.from({ length: shown }, (_, index) =>
            cloud({ locationId: `l${index}`, mediaKind: `m${index}` }),
          ),
          ...Array.from({ length: unknown }, () => cloud({ locationId: null, mediaKind: null })),
        ];
        const listed = absent === null ? null : census(copies.length + absent, 1);
        const result = compliance32110(evidence({ copies, census: listed }), NOW);
        const expect = (need: number) => {
          if (shown >= need) return 'proven';
          return absent !== null && shown + unknown + absent < need ? 'broken' : 'unproven';
        };
        const name = `${shown} shown, ${unknown} unknown, ${absent} absent`;
        assert.equal(result.copies.status, expect(3), name);
        assert.equal(result.media.status, expect(2), name);
      }
});

test('the whole table of verifications: last outcome, age and listing', () => {
  const table: [VerificationEvidence['outcome'][], number, number | null, string][] = [
    [[], 10, 0, 'unproven'],
    [[], 10, null, 'unproven'],
    [['PASSED'], 10, 1, 'proven'],
    [['PASSED'], 10, 2, 'unproven'],
    [['PASSED'], 10, null, 'unproven'],
    [['PASSED'], 91, 1, 'unproven'],
    [['FAILED'], 10, 1, 'broken'],
    [['FAILED'], 91, 1, 'broken'],
    [['FAILED'], 10, null, 'broken'],
    [['FAILED'], 10, 2, 'unproven'],
    [['PASSED', 'FAILED'], 10, 2, 'broken'],
    [['FAILED', 'PASSED'], 10, 2, 'proven'],
  ];
  for (const [outcomes, days, listed, expected] of table) {
    const verifications = outcomes.map((outcome, index) => verification(`v${index}`, outcome, days - index));
    const listing = { ref: { table: 'run', id: 'r' }, copies: 3, verifications: listed };
    const { errors } = compliance32110(evidence({ verifications, census: listing }), NOW);
    assert.equal(errors.status, expected, `${outcomes.join(', ')} ${days} days ago, ${listed} listed`);
  }
});

test('a passed test proves nothing against malware in the newest point, or of a point that is gone', () => {
  const passed = verification('v', 'PASSED', 10);
  const errorsOf = (more: Partial<ComplianceEvidence>) =>
    compliance32110(evidence({ verifications: [passed], census: census(3, 1), ...more }), NOW).errors;
  assert.equal(errorsOf({}).status, 'proven');
  const infected = errorsOf({ found: [ref('infected point')] });
  assert.deepEqual([infected.status, infected.rows], ['broken', [ref('infected point')]]);
  assert.equal(errorsOf({ verifications: [{ ...passed, isHeld: false }] }).status, 'unproven');
});

test('two chains in one place are one copy, and two repositories of one kind are one kind', () => {
  const copies = [production(), disk(), disk({ ref: ref('second') })];
  const result = compliance32110(evidence({ copies, census: census(3, 1) }), NOW);
  assert.equal(result.copies.status, 'broken');
  assert.equal(result.media.status, 'broken');
});

test('a copy that got no restore point for a week is none', () => {
  const copies = [production(), disk(), cloud({ newestAt: NOW - 8 * DAY })];
  assert.deepEqual(statuses(compliance32110(evidence({ copies }), NOW)), [
    'broken',
    'broken',
    'broken',
    'broken',
    'proven',
  ]);
});

test('immutability that has run out is none', () => {
  const copies = [production(), disk(), cloud({ immutableUntil: NOW - DAY })];
  assert.equal(compliance32110(evidence({ copies }), NOW).immutable.status, 'broken');
  const unsaid = [production(), disk(), cloud({ isImmutable: null })];
  assert.equal(compliance32110(evidence({ copies: unsaid }), NOW).immutable.status, 'unproven');
});

test('more rows than the listing had prove nothing and break nothing', () => {
  const result = compliance32110(evidence({ census: census(2, 1) }), NOW);
  assert.equal(result.copies.status, 'unproven');
  assert.match(result.copies.reasons[0] ?? '', /3 rows are here, the listing had 2/);
});

test('a failure that was seen is mended by a later success alone', () => {
  const listing = census(3, 1);
  const seen = evidence({ census: listing, lastBrokenAt: NOW - 5 * DAY });
  assert.equal(compliance32110(seen, NOW).errors.status, 'unproven');
  const later = { ...seen, verifications: [verification('later', 'PASSED', 1)] };
  assert.equal(compliance32110(later, NOW).errors.status, 'proven');
});

const known = fc.constantFrom(true, false, null);
const anyCopy = fc.record({
  ref: fc.nat(1e9).map((id) => ref(`${id}`)),
  role: fc.constantFrom<CopyEvidence['role']>('PRODUCTION', 'COPY'),
  locationId: fc.constantFrom('a', 'b', 'c', null),
  mediaKind: fc.constantFrom('disk', 'object', 'tape', null),
  isOffsite: known,
  isImmutable: known,
  immutableUntil: fc.constantFrom(NOW - DAY, NOW + DAY, null),
  isOffline: known,
  newestAt: fc.constantFrom(NOW - DAY, NOW - 10 * DAY, null),
  isUsable: known,
});
const anyVerification = fc
  .tuple(fc.nat(1e9), fc.constantFrom<VerificationEvidence['outcome']>('PASSED', 'FAILED'), fc.nat(100))
  .map(([id, outcome, days]) => verification(`${id}`, outcome, days));
/** What a listing had, and which of its rows are here. */
const anyEvidence = fc
  .tuple(
    fc.array(anyCopy, { maxLength: 6 }),
    fc.array(anyVerification, { maxLength: 4 }),
    fc.constantFrom('complete', 'without copies', 'without verifications', 'none'),
    fc.nat(3),
  )
  .map(([copies, verifications, kind, absent]): ComplianceEvidence => {
    const listing = {
      ref: ref('run'),
      copies: kind === 'without copies' ? null : copies.length + (absent % 2),
      verifications: kind === 'without verifications' ? null : verifications.length + (absent >> 1),
    };
    return { copies, verifications, census: kind === 'none' ? null : listing };
  });

test('a row that goes missing turns proven into unproven only, and nothing into proven', () => {
  fc.assert(
    fc.property(anyEvidence, (given) => {
      const before = compliance32110(given, NOW);
      for (const fewer of withoutOne(given)) {
        const after = compliance32110(fewer, NOW);
        for (const digit of DIGITS) {
          if (before[digit].status === 'proven') assert.notEqual(after[digit].status, 'broken', digit);
          else assert.notEqual(after[digit].status, 'proven', digit);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('a proof holds until it expires and no longer', () => {
  fc.assert(
    fc.property(anyEvidence, (given) => {
      const result = compliance32110(given, NOW);
      for (const digit of DIGITS) {
        const { status, expires } = result[digit];
        if (status !== 'proven' || expires === null) continue;
        assert.equal(compliance32110(given, expires - 1)[digit].status, 'proven', digit);
        assert.notEqual(compliance32110(given, expires)[digit].status, 'proven', digit);
      }
    }),
  );
});

function* withoutOne(given: ComplianceEvidence): Generator<ComplianceEvidence> {
  for (const row of given.copies) yield { ...given, copies: given.copies.filter((each) => each !== row) };
  for (const row of given.verifications)
    yield { ...given, verifications: given.verifications.filter((each) => each !== row) };
  if (given.census) yield { ...given, census: null };
}

function evidence(given: Partial<ComplianceEvidence> = {}): ComplianceEvidence {
  return {
    copies: [production(), disk(), cloud()],
    verifications: [verification('v', 'PASSED', 10)],
    census: census(3, 1),
    ...given,
  };
}

function census(copies: number, verifications: number) {
  return { ref: { table: 'run', id: 'run' }, copies, verifications };
}

function production(): CopyEvidence {
  return { ...disk(), ref: ref('production'), role: 'PRODUCTION', locationId: 'vcenter', mediaKind: null };
}

function disk(given: Partial<CopyEvidence> = {}): CopyEvidence {
  return {
    ref: ref('disk'),
    role: 'COPY',
    locationId: 'repository',
    mediaKind: 'disk',
    isOffsite: false,
    isImmutable: false,
    immutableUntil: null,
    isOffline: false,
    newestAt: NOW - DAY,
    isUsable: true,
    ...given,
  };
}

function cloud(given: Partial<CopyEvidence> = {}): CopyEvidence {
  return disk({
    ref: ref('cloud'),
    locationId: 'bucket',
    mediaKind: 'object storage',
    isOffsite: true,
    isImmutable: true,
    immutableUntil: NOW + 2 * DAY,
    ...given,
  });
}

function verification(
  id: string,
  outcome: VerificationEvidence['outcome'],
  days: number,
): VerificationEvidence {
  return { ref: { table: 'restore_trial', id }, at: NOW - days * DAY, outcome };
}

function ref(id: string) {
  return { table: 'recovery_location', id };
}

function statuses(result: Compliance32110): string[] {
  return DIGITS.map((digit) => result[digit].status);
}
