import { seededRandom } from '../../src/analysis/statistics/seeded-random.ts';
import type { Attempt, Kind } from './attempt.ts';
import { differences, type RunRecord, readContents, readRuns } from './contents.ts';
import { openPlace, type Place, runUnit, timeOf, UNITS, type Unit } from './estate.ts';
import type { Proxy } from './proxy.ts';
import { type Reference, startOf } from './reference.ts';

/** A fault that struck. */
export type Outcome = { kind: string; unit: string; what: string; record: string | undefined };

export type SequenceResult = { seed: number; outcomes: Outcome[]; problems: string[] };

/** How often a unit may need to be run again until its runs are whole. */
const MOST_RUNS = 4;

/**
 * One slot in which every unit meets a fault that the seed draws, runs again until it is whole, and leaves in the end the
 * tables that an undisturbed run leaves.
 */
export async function runSequence(
  seed: number,
  kinds: readonly Kind[],
  place: Omit<Place, 'name'>,
  proxy: Proxy,
  reference: Reference,
  slots: number,
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
    const deck = shuffled(kinds, random);
    for (const unit of UNITS) {
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
    const lines = differences(await readContents(place.server, name), reference.after(slot));
    problems.push(...lines);
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
  for (let tries = 1; ; tries += 1) {
    place.simulator.clock.set(now);
    const missing = await unfinished(attempt, kind.repeats && tries === 1 ? left : []);
    if (missing.length === 0) break;
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

/** Sources without a whole run of this unit at this time. */
async function unfinished(
  { place, unit, now, usual }: Attempt,
  again: readonly RunRecord[],
): Promise<string[]> {
  const runs = await readRuns(place.server, place.name);
  const isWhole = (source: string) =>
    runs.some(
      (run) =>
        run.source_id === source &&
        run.worker === unit.worker &&
        run.status === 'succeeded' &&
        run.started_at.getTime() === now.getTime() &&
        !again.some(({ run_id }) => run_id === run.run_id),
    );
  return usual.sources.filter((source) => !isWhole(source));
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
