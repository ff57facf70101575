import type { Kind, Thing, ThingState } from '../../../queries/find.ts';
import type { UnsureMatch } from '../../../queries/machines.ts';
import type { NextStep } from '../../answer.ts';
import { isoSeconds, round } from '../../markdown.ts';
import { cleanOrNull, cleanText, isPlainId } from '../../untrusted.ts';
import type { Hit } from './match.ts';
import type { FoundRow } from './shape.ts';

/** What is known besides of the things of a page, by source, kind and id. */
export type Besides = {
  states: ReadonlyMap<string, ThingState>;
  maybe: ReadonlyMap<string, readonly UnsureMatch[]>;
};

/** Pairs that are named; get_workload has more. */
const MOST_PAIRS = 2;

/** A hit as a row. */
export function toRow({ thing, match }: Hit, { states, maybe }: Besides, isDetailed: boolean): FoundRow {
  const { sourceId, kind, id, name, type, goneAt, firstSeenAt } = thing;
  const key = `${sourceId}\n${kind}\n${id}`;
  const known = states.get(key);
  const state = stateOf(goneAt, known?.words);
  const unsure = maybe.get(key) ?? [];
  return {
    kind,
    id: cleanText(id, 120),
    name: cleanText(name),
    source_id: sourceId,
    type: cleanOrNull(type, 60),
    state,
    ask_next: askNext(kind, state),
    matched: match,
    ...(known?.others.length ? { also_in: known.others } : {}),
    ...(unsure.length > 0
      ? {
          maybe_same: unsure.slice(0, MOST_PAIRS).map((pair) => ({
            source_id: pair.otherSourceId,
            id: cleanText(pair.otherWorkloadId, 120),
            probability: round(pair.probability, 2),
          })),
        }
      : {}),
    ...(isDetailed || goneAt ? { gone_at: isoSeconds(goneAt) } : {}),
    ...(isDetailed ? { first_seen_at: isoSeconds(firstSeenAt) } : {}),
  };
}

function stateOf(goneAt: Date | null, words: readonly (string | null)[] | undefined): string {
  if (goneAt) return 'GONE';
  const known = (words ?? []).flatMap((word) => (word === null ? [] : [cleanText(word, 60)]));
  return known.length > 0 ? known.join(', ') : 'NOT_MEASURED';
}

const FAILING = ['FAILING', 'WARNING', 'BREACHED', 'LATE', 'NEVER'];

/** The tool that says most about a thing. */
export function askNext(kind: Kind, state: string): string {
  if (kind === 'workload') return 'get_workload';
  if (kind === 'job') return FAILING.includes(state) ? 'explain_failure' : 'get_health_status';
  return kind === 'proxy' || kind === 'host' ? 'get_health_status' : 'get_capacity_forecast';
}

/** Ids of workloads have slashes in them; one that is made of a name holds text of somebody else. */
export const isPlainWorkloadId = (id: string): boolean =>
  /^[A-Za-z0-9][A-Za-z0-9_.:;/+-]{0,399}$/.test(id) && !id.includes('/name/');

const ARGUMENT: Partial<Record<Kind, string>> = {
  workload: 'workload',
  job: 'job',
  repository: 'repository',
  scale_out_repository: 'repository',
  vault: 'repository',
};

type Asked = { kind: Kind; id: string; source_id: string; state: string };

/** The first thing of each kind that has a tool of its own; at most three. */
export function nextSteps(found: readonly FoundRow[], nearest: readonly Thing[], as_of: string): NextStep[] {
  const near = nearest.map(({ kind, id, sourceId }) => ({ kind, id, source_id: sourceId, state: 'OK' }));
  const candidates: Asked[] = found.length > 0 ? [...found] : near;
  const steps = new Map<string, NextStep>();
  for (const { kind, id, source_id, state } of candidates) {
    const argument = ARGUMENT[kind];
    const isPlain = kind === 'workload' ? isPlainWorkloadId(id) : isPlainId(id);
    if (!argument || !isPlain || !isPlainId(source_id) || steps.has(argument)) continue;
    const reason =
      found.length > 0 ? `the first ${kind} that was found` : `the ${kind} with the nearest name`;
    steps.set(argument, {
      tool: askNext(kind, state),
      arguments: { [argument]: id, source: source_id, as_of },
      reason,
    });
  }
  return [...steps.values()].slice(0, 3);
}
