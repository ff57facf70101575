import { seededRandom } from '../../src/analysis/statistics/seeded-random.ts';
import type { Attempt, Kind } from './attempt.ts';
import { differences, isConcluded, type RunRecord, readContents, readRuns } from './contents.ts';
import { openPlace, type Place, runUnit, timeOf, type Unit, unitsOf } from './estate.ts';
import type { Proxy } from './proxy.ts';
import { type Reference, SKEWED, startOf } from './reference.ts';

/** A fault that struck. */
export type Outcome = { kind: string; unit: string; what: string; record: string | undefined };

export type SequenceResult = { seed: number; outcomes: Outcome[]; problems: string[] };

/** How often a unit may need to be run again until its runs are whole. */
const MOST_RUNS = 4;

/**
 * One slot in which every unit meets a fault that the seed draws, runs again until it is whole, and leaves in the end the
 * tables that an undisturbed run leaves.
 * @param first kinds that come before the others
 */
export async function runSequence(
  seed: number,
  kinds: readonly Kind[],
  place: Omit<Place, 'name'>,
  proxy: Proxy,
  reference: Reference,
  slots: number,
  first: readonly string[] = [],
): Promise<SequenceResult> {
  const random = seededRandom(seed * 7919);
  const slot = Math.floor(random() * slots);
  const name = `seed${seed}`;
  const here = { ...place, name };
  const outcomes: Outcome[] = [];
  const problems: string[] = [];
  await place.server.copy(startOf(slot), name);
  const opened = await openPlace(here);
  try {
    const deck = shuffled(kinds, random).toSorted(
      (a, b) => Number(first.includes(b.name)) - Number(first.includes(a.name)),
    );
    for (const unit of unitsOf(slot)) {
      const now = timeOf(slot, unit);
      place.simulator.clock.set(now);
      const kind = draw(deck, unit, slot);
      const attempt = {
        place: here,
        opened,
        proxy,
        unit,
        slot,
        now,
        random,
        usual: reference.usual(slot, unit),
      };
      problems.push(...(await disturb(kind, attempt, outcomes)));
    }
    const isSkewed = outcomes.some(({ kind }) => kind === 'clock skew');
    const leftOut = isSkewed ? SKEWED : {};
    problems.push(
      ...differences(await readContents(place.server, name, leftOut), reference.after(slot, leftOut)),
    );
  } finally {
    await opened.close();
  }
  await place.server.drop(name);
  return { seed, outcomes, problems };
}

async function disturb(kind: Kind, attempt: Attempt, outcomes: Outcome[]): Promise<string[]> {
  const { place, unit, now, opened, slot } = attempt;
  const before = new Set((await readRuns(place.server, place.name)).map(({ run_id }) => run_id));
  const label = `${unit.worker} ${unit.kind} in slot ${slot}`;
  const problems: string[] = [];
  const { struck, what } = await kind.attempt(attempt).catch((error: unknown) => ({
    struck: true,
    what: `thrown: ${error instanceof Error ? error.message : String(error)}`,
  }));
  const isNew = ({ run_id }: RunRecord) => !before.has(run_id);
  const left = (await readRuns(place.server, place.name)).filter(isNew);
  if (struck && kind.repeats) await setBack(place, left.filter(isConcluded));
  for (let tries = 1; ; tries += 1) {
    place.simulator.clock.set(now);
    const runs = await readRuns(place.server, place.name);
    const missing = unfinished(runs, attempt);
    if (missing.length === 0) break;
    await setBack(
      place,
      runs.filter((run) => isUnwhole(run, attempt)),
    );
    if (tries > MOST_RUNS) {
      problems.push(
        `${label}: ${missing.join(', ')} not whole after ${MOST_RUNS} more runs (${kind.name}: ${what})`,
      );
      break;
    }
    await runUnit(unit, place, opened, now, missing);
  }
  if (!struck) return problems;
  const of = new Set(left.map(({ run_id }) => run_id));
  const after = (await readRuns(place.server, place.name)).filter(({ run_id }) => of.has(run_id));
  const record = kind.record(after);
  outcomes.push({ kind: kind.name, unit: label, what, record });
  if (record === undefined)
    problems.push(`${label}: no record tells of ${kind.name} (${what}): ${JSON.stringify(after.map(brief))}`);
  return problems;
}

const brief = ({ status, error_code, error_message, events }: RunRecord) => ({
  status,
  error_code,
  error_message,
  events: events.map(({ action, detail }) => `${action} ${JSON.stringify(detail).slice(0, 200)}`),
});

const isOf = ({ worker, started_at }: RunRecord, { unit, now }: Attempt) =>
  worker === unit.worker && started_at.getTime() === now.getTime();
const isUnwhole = (run: RunRecord, attempt: Attempt) => isOf(run, attempt) && run.status !== 'succeeded';

/**
 * Runs that are to be repeated at the same time of the clock, which stands still, began earlier than their repetition. It is
 * the clock of the suite that makes this necessary: what is newest is asked by time.
 */
async function setBack({ server, name }: Place, runs: readonly RunRecord[]): Promise<void> {
  for (const database of ['metrics', 'risk'] as const) {
    const ids = runs.filter((run) => run.database === database).map(({ run_id }) => run_id);
    if (ids.length === 0) continue;
    await server.inDatabase(`${database}_${name}`, (sql) =>
      sql(
        `update run set started_at = started_at - interval '10 ms', finished_at = finished_at - interval '10 ms'
          where run_id = any($1::uuid[])`,
        [ids],
      ),
    );
  }
}

/** Sources without a whole run of this unit at this time. */
function unfinished(runs: readonly RunRecord[], attempt: Attempt): string[] {
  const whole = runs.filter((run) => isOf(run, attempt) && run.status === 'succeeded');
  return attempt.usual.sources.filter((source) => !whole.some(({ source_id }) => source_id === source));
}

/** The first kind of the deck that fits goes to its end. */
function draw(deck: Kind[], unit: Unit, slot: number): Kind {
  const index = deck.findIndex((kind) => kind.fits(unit, slot));
  const [kind] = deck.splice(Math.max(0, index), 1);
  if (!kind) throw new Error('there is no kind of fault');
  deck.push(kind);
  return kind;
}

function shuffled<T>(from: readonly T[], random: () => number): T[] {
  const left = [...from];
  const out: T[] = [];
  while (left.length > 0) out.push(...left.splice(Math.floor(random() * left.length), 1));
  return out;
}
