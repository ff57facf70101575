import type { Fault } from '../../src/simulator/faults.ts';
import { type Attempt, between, type Kind, pick, type Struck, troubleIn } from './attempt.ts';
import type { RunRecord } from './contents.ts';
import { runUnit, type Unit } from './estate.ts';
import { faultsOf, SESSIONS } from './reference.ts';

const isUpstream = ({ kind }: Unit) => kind !== 'tables';

/** Faults of a backup server or of Azure, each at a request that the seed draws. */
export const UPSTREAM_KINDS: Kind[] = [
  answering(
    '429',
    ({ random }) => ({ name: 'throttle', ...pick(random, [{}, { retryAfter: 0.2 }]) }),
    /\b429\b/,
  ),
  answering('500', () => ({ name: 'error-500' }), /\b500\b/),
  answering('502', () => ({ name: 'error-502' }), /\b502\b/),
  answering(
    '503',
    ({ random }) => ({ name: 'error-503', ...pick(random, [{}, { retryAfter: 0.2 }]) }),
    /\b503\b/,
  ),
  answering(
    'reset',
    () => ({ name: 'reset' }),
    /ECONNRESET|UND_ERR_SOCKET|connection .* broke|sign-in at \S+ is not possible/,
  ),
  answering('truncated', () => ({ name: 'truncate' }), /not JSON|bad-answer|sign-in at \S+ is not possible/),
  {
    name: 'too slow',
    fits: isUpstream,
    attempt: (attempt) =>
      withTimeOut(TIME_OUT_MS, () =>
        striking(
          attempt,
          [{ name: 'slow', ms: between(attempt.random, 2 * TIME_OUT_MS, 3 * TIME_OUT_MS), times: 1 }],
          SIGNED_IN, // the library that signs in to Azure has a time-out of its own
        ),
      ),
    record: (runs) => troubleIn(runs, /TimeoutError|did not answer within/),
  },
  {
    name: 'slow',
    fits: isUpstream,
    attempt: (attempt) =>
      striking(attempt, [{ name: 'slow', ms: between(attempt.random, 200, 500), times: 1 }]),
    record: (runs) => {
      const slowest = Math.max(
        ...runs.flatMap(({ events }) => events.map(({ detail }) => slowestMs(detail))),
      );
      return slowest >= 200 ? 'the slowest answer and how long it took' : undefined;
    },
  },
  {
    name: 'expired token',
    fits: isUpstream,
    attempt: (attempt) =>
      striking(attempt, [{ name: pick(attempt.random, ['expire-tokens', 'lose-refresh']) }], SIGNED_IN),
    record: (runs) => troubleIn(runs, /\b401\b/),
  },
  {
    name: 'changed certificate',
    fits: isUpstream,
    attempt: changeCertificate,
    record: (runs) => troubleIn(runs, /\btls\b|certificate|SELF_SIGNED|sign-in at \S+ is not possible/i),
  },
  {
    name: 'clock skew',
    repeats: true,
    // What the capacity worker samples it samples at a time that was wrong.
    fits: ({ kind, worker }, slot) => kind === 'veeam' && worker !== 'capacity' && slot < 2,
    attempt: skewClock,
    record: recordOfSkew,
  },
  {
    name: 'head deletion',
    fits: ({ kind, worker }, slot) => kind === 'veeam' && worker === 'health' && slot === 0,
    attempt: deleteHead,
    record: (runs) => {
      const moved = troubleIn(runs, /rows moved/);
      if (moved) return moved;
      // Who reads by time loses nothing when rows go that were read: then the record says that none is missing.
      const isWhole = runs
        .flatMap(({ endpoints }) => endpoints)
        .some(
          ({ endpoint, outcome, rows_fetched: fetched, rows_total: total }) =>
            endpoint.startsWith('sessions') && outcome === 'complete' && fetched > 0 && fetched === total,
        );
      return isWhole ? 'sessions complete: as many rows fetched as there were' : undefined;
    },
  },
];

function answering(name: string, fault: (attempt: Attempt) => Fault, said: RegExp): Kind {
  return {
    name,
    fits: isUpstream,
    attempt: (attempt) => striking(attempt, [{ times: timesOf(attempt), ...fault(attempt) }]),
    record: (runs) => troubleIn(runs, said),
  };
}

/** The requests before it sign in. */
const SIGNED_IN = 3;
const TIME_OUT_MS = 1_500;

/** Time-outs of requests that are longer are as short as this while `work` goes on: nobody waits a minute for each. */
async function withTimeOut<T>(mostMs: number, work: () => Promise<T>): Promise<T> {
  const real = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms) => real(Math.min(ms, mostMs));
  try {
    return await work();
  } finally {
    AbortSignal.timeout = real;
  }
}

/** Mostly passing; sometimes for longer than anybody asks again. */
const timesOf = ({ random, isBrief }: Attempt) => (random() < 0.85 || isBrief ? between(random, 1, 2) : 12);

/** Lets the unit run while a fault waits for one of its requests. */
async function striking(attempt: Attempt, together: Fault[], from = 0): Promise<Struck> {
  const { place, unit, usual, random } = attempt;
  const faults = faultsOf(place.simulator, unit);
  if (!faults) throw new Error(`${unit.worker} asks nobody`);
  const { requests, struck } = faults.counts();
  // The last one to a backup server is the sign-out, when the run is over.
  const last = unit.kind === 'veeam' ? usual.requests - 2 : usual.requests - 1;
  const number = between(random, from, last);
  faults.add(...together.map((fault) => ({ ...fault, after: requests + number })));
  await runUnit(unit, place, attempt.opened, attempt.now);
  faults.clear();
  return {
    struck: faults.counts().struck > struck,
    what: `${JSON.stringify(together[0])} at request ${number + 1} of ${usual.requests}`,
  };
}

const slowestMs = (detail: Record<string, unknown>) =>
  (detail.slowest as { ms: number } | undefined)?.ms ?? 0;

/** The server begins anew with another certificate, which is put right afterwards. */
async function changeCertificate(attempt: Attempt): Promise<Struck> {
  const { simulator } = attempt.place;
  const place = { ...attempt.place, simulator: asKnownNow(simulator) };
  const found = await striking({ ...attempt, place }, [
    { name: 'new-certificate' },
    { name: 'reset', times: 1 },
  ]);
  simulator.restoreCertificate();
  return found;
}

/** The settings keep the certificate that was right when the run began. */
function asKnownNow<T extends { fingerprint: string }>(simulator: T): T {
  const { fingerprint } = simulator;
  return new Proxy(simulator, {
    get: (target, name) => (name === 'fingerprint' ? fingerprint : Reflect.get(target, name)),
  });
}

/** The clock of the server is wrong while it is read; later somebody puts it right. */
async function skewClock({ place, now, unit, opened, random }: Attempt): Promise<Struck> {
  const { told } = place.simulator.world;
  const minutes = between(random, 2, 45) * (random() < 0.5 ? -1 : 1);
  told.aheadMs = minutes * 60_000;
  await runUnit(unit, place, opened, now);
  told.aheadMs = 0;
  return { struck: true, what: `${minutes} minutes` };
}

function recordOfSkew(runs: RunRecord[]): string | undefined {
  const skewed = runs.find(
    ({ source_time, started_at }) =>
      source_time && Math.abs(source_time.getTime() - started_at.getTime()) > 60_000,
  );
  return skewed && `${skewed.status}, source_time apart from started_at`;
}

/** Retention takes sessions that were read already while the rest is being read; nobody can ask for them again. */
async function deleteHead(attempt: Attempt): Promise<Struck> {
  const { place, unit, opened, now, random, usual } = attempt;
  const { faults, world, requests } = place.simulator;
  const { struck } = faults.counts();
  // With more of them task sessions go that were not asked for yet, and that is a loss of the source's own.
  const count = between(random, 1, 40);
  // At least one page is still to come.
  const pages = between(random, 1, Math.max(1, usual.sessionPages - 1));
  const answered = () => requests.count(SESSIONS);
  const before = answered();
  faults.add({
    name: 'head-deletion',
    count,
    path: SESSIONS,
    get after() {
      return answered() - before >= pages ? 0 : Number.POSITIVE_INFINITY;
    },
  });
  await runUnit(unit, place, opened, now);
  faults.clear();
  world.dropHead(-1_000_000); // the other workers have not read them yet
  return { struck: faults.counts().struck > struck, what: `${count} sessions after ${pages} pages` };
}
