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
 * @param once names of kinds of which each is to strike at most once, and no other; undefined: each unit meets any
 */
export async function runSequence(
  seed: number,
  kinds: readonly Kind[],
  place: Omit<Place, 'name'>,
  proxy: Proxy,
  reference: Reference,
  slots: number,
  once?: readonly string[],
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
    const units = unitsOf(slot);
    const deck = deckOf(kinds, units, slot, random, once);
    for (const unit of units) {
      const now = timeOf(slot, unit);
      place.simulator.clock.set(now);
      const kind = draw(deck, unit, slot, once !== undefined);
      const attempt = {
        place: here,
        opened,
        proxy,
        unit,
        slot,
        now,
        random,
        isBrief: once !== undefined,
        usual: reference.usual(slot, unit),
      };
      problems.push(...(await disturb(kind, attempt, outcomes)));
    }
    proxy.reset();
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

/** In an order that the seed draws; where each strikes once, those that fit few units come first, so that there is one for each. */
function deckOf(
  kinds: readonly Kind[],
  units: readonly Unit[],
  slot: number,
  random: () => number,
  once: readonly string[] | undefined,
): Kind[] {
  const deck = shuffled(kinds, random);
  if (!once) return deck;
  const places = ({ fits }: Kind) => units.filter((unit) => fits(unit, slot)).length;
  return deck.filter(({ name }) => once.includes(name)).toSorted((a, b) => places(a) - places(b));
}

/** The first kind of the deck that fits goes to its end, or away. */
function draw(deck: Kind[], unit: Unit, slot: number, isOnce: boolean): Kind {
  const index = deck.findIndex((kind) => kind.fits(unit, slot));
  const [kind] = index < 0 ? [] : deck.splice(index, 1);
  if (kind && !isOnce) deck.push(kind);
  return kind ?? NOTHING;
}

/** No fault: the unit runs as it does. */
const NOTHING: Kind = {
  name: 'nothing',
  fits: () => true,
  attempt: async () => ({ struck: false, what: '' }),
  record: () => undefined,
};

function shuffled<T>(from: readonly T[], random: () => number): T[] {
  const left = [...from];
  const out: T[] = [];
  while (left.length > 0) out.push(...left.splice(Math.floor(random() * left.length), 1));
  return out;
}
