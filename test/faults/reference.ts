import type { Simulator } from '../../src/simulator/simulator.ts';
import { type Contents, isConcluded, readContents, readRuns } from './contents.ts';
import { openPlace, type Place, runUnit, SLOTS, timeOf, type Unit, unitsOf } from './estate.ts';
import type { Proxy } from './proxy.ts';
import { type Counts, countStatements } from './statements.ts';

/** What one unit does in an undisturbed run: how much there is to strike, and which sources it concludes on. */
export type Usual = { statements: Counts; requests: number; sessionPages: number; sources: string[] };

/** An undisturbed run through all slots. Database `start<n>` is what slot n begins with. */
export type Reference = {
  usual: (slot: number, unit: Unit) => Usual;
  /** Contents of all tables after a slot. */
  after: (slot: number, leftOut?: Record<string, string[]>) => Contents;
};

export const startOf = (slot: number): string => (slot === 0 ? 'empty' : `start${slot}`);
const REFERENCE = 'undisturbed';
/** The list that retention shortens. */
export const SESSIONS = '/api/v1/sessions';
/** What is left out where the clock of the server was wrong for a while: that it was, and up to when its lists were read by it. */
export const SKEWED = {
  watermark: ['read_until'],
  backup_server: ['known_from'],
  backup_server_past: ['*'],
  restore_mount: ['ready_seen_at', 'unready_seen_at'],
  restore_mount_past: ['*'],
  efficiency_summary: ['points_read_at', 'files_read_at'],
};

export async function runReference(
  place: Omit<Place, 'name'>,
  proxy: Proxy,
  slots: number,
): Promise<Reference> {
  const { server, simulator } = place;
  const usual = new Map<string, Usual>();
  const after: Contents[] = [];
  const skewed: Contents[] = [];
  await server.copy('empty', REFERENCE);
  for (let slot = 0; slot < slots; slot += 1) {
    const opened = await openPlace({ ...place, name: REFERENCE });
    for (const unit of unitsOf(slot)) {
      const now = timeOf(slot, unit);
      simulator.clock.set(now);
      const before = { requests: requestsOf(simulator, unit), pages: simulator.requests.count(SESSIONS) };
      const statements = countStatements(proxy);
      await runUnit(unit, { ...place, name: REFERENCE }, opened, now);
      const runs = (await readRuns(server, REFERENCE)).filter(
        (run) => run.worker === unit.worker && run.started_at.getTime() === now.getTime(),
      );
      const bad = runs.find((run) => run.status !== 'succeeded');
      if (bad || runs.length === 0)
        throw new Error(`an undisturbed run of ${unit.worker} is ${bad?.status}: ${bad?.error_message}`);
      usual.set(keyOf(slot, unit), {
        statements: { ...statements },
        requests: requestsOf(simulator, unit) - before.requests,
        sessionPages: simulator.requests.count(SESSIONS) - before.pages,
        sources: runs.filter(isConcluded).map(({ source_id }) => source_id),
      });
    }
    proxy.reset();
    await opened.close();
    after.push(await readContents(server, REFERENCE));
    skewed.push(await readContents(server, REFERENCE, SKEWED));
    if (slot + 1 < SLOTS.length) await server.copy(REFERENCE, startOf(slot + 1));
  }
  return {
    usual: (slot, unit) => {
      const known = usual.get(keyOf(slot, unit));
      if (!known) throw new Error(`there is no undisturbed run of ${keyOf(slot, unit)}`);
      return known;
    },
    after: (slot, leftOut = {}) =>
      (Object.keys(leftOut).length > 0 ? skewed[slot] : after[slot]) ?? new Map(),
  };
}

const keyOf = (slot: number, { worker, kind }: Unit) => `${slot} ${worker} ${kind}`;

/** Requests that the half of the simulator answered that the unit asks. */
export function requestsOf(simulator: Simulator, unit: Unit): number {
  return faultsOf(simulator, unit)?.counts().requests ?? 0;
}

export function faultsOf({ faults, azure }: Simulator, { kind }: Unit) {
  return kind === 'azure' ? azure?.faults : kind === 'veeam' ? faults : undefined;
}
