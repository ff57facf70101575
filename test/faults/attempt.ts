import type { RunRecord } from './contents.ts';
import type { Opened, Place, Unit } from './estate.ts';
import type { Proxy } from './proxy.ts';
import type { Usual } from './reference.ts';

/** One run of a unit that something happens to. */
export type Attempt = {
  place: Place;
  opened: Opened;
  proxy: Proxy;
  unit: Unit;
  slot: number;
  now: Date;
  usual: Usual;
  random: () => number;
  /** Faults pass soon. */
  isBrief: boolean;
};

/** What happened in an attempt. */
export type Struck = {
  /** False: the run ended before it came to it, and nothing was disturbed. */
  struck: boolean;
  /** What exactly, for the report of a difference. */
  what: string;
};

/** A kind of fault. */
export type Kind = {
  name: string;
  fits: (unit: Unit, slot: number) => boolean;
  /** Lets the unit run and disturbs it; what was broken is in order again afterwards. */
  attempt: (attempt: Attempt) => Promise<Struck>;
  /** Also a run that concluded is repeated: what it concluded was wrong with the source. */
  repeats?: boolean;
  /** How the records of the runs of the attempt tell of it, in a few words; undefined: they do not. */
  record: (runs: RunRecord[]) => string | undefined;
};

/** A whole number from `from` to `to`. */
export const between = (random: () => number, from: number, to: number): number =>
  from + Math.floor(random() * (Math.max(from, to) - from + 1));

export const pick = <T>(random: () => number, from: readonly T[]): T =>
  from[between(random, 0, from.length - 1)] as T;

/** Trouble that a run had and got over, or did not, as its last event names it. */
export function troubleIn(runs: readonly RunRecord[], what: RegExp): string | undefined {
  for (const { status, events, error_code, error_message, endpoints } of runs) {
    for (const { action, detail } of events) {
      const found = (detail.trouble as { what: string }[] | undefined)?.find((one) => what.test(one.what));
      if (found) return `${status}, trouble in event "${action}"`;
    }
    if (what.test(`${error_code} ${error_message}`)) return `${status}, error ${error_code}`;
    const endpoint = endpoints.find(({ message }) => message !== null && what.test(message));
    if (endpoint) return `${status}, endpoint ${endpoint.outcome}`;
  }
  return undefined;
}
