import type { MetricsReader } from '../../../db/connect.ts';
import {
  KINDS,
  type Kind,
  listStates,
  listThings,
  MOST_THINGS,
  type Thing,
  type ThingState,
  WORKER_OF,
} from '../../../queries/find.ts';
import { listSources } from '../../../queries/freshness.ts';
import { listElsewhere, listUnsure, type UnsureMatch } from '../../../queries/machines.ts';
import { type Page, type PageOf, readCursor, writeCursor } from '../../cursor.ts';
import { AnswerError } from '../../errors.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import type { ToolAnswer, ToolContext } from '../../registry.ts';
import type { ScopeRun } from '../../scope.ts';
import { foldName } from '../../suggest.ts';
import { tally } from '../../tally.ts';
import { cleanText } from '../../untrusted.ts';
import { atHome, compareKeys, findHits, type Hit, nearestThings } from './match.ts';
import { askNext, nextSteps, toRow } from './rows.ts';
import { baseOf, openWorkers, type Workers } from './several-workers.ts';
import type { FindAnswer, FindQuestion, FoundRow } from './shape.ts';
import { renderFound } from './text.ts';

const WORKERS = ['health', 'capacity', 'rto'] as const;
type Worker = (typeof WORKERS)[number];
type Asked = { question: FindQuestion; page: Page | undefined; pageOf: PageOf; workers: Workers<Worker> };

/** Answers find in one snapshot: what has the text in its name, how it stands, and whom to ask about it. */
export function answerFind(question: FindQuestion, context: ToolContext): Promise<ToolAnswer<FindAnswer>> {
  if (foldName(question.name).replaceAll('*', '') === '')
    throw new AnswerError('name: it has no letter or number in it; give a part of a name, or an id.');
  const { as_of: asOf, cursor, limit: _limit, ...filters } = question;
  const pageOf = { tool: 'find', filters };
  const page = cursor === undefined ? undefined : readCursor(cursor, pageOf);
  return context.read(async (metrics) => {
    const asked = { workers: WORKERS, now: context.now, asOf, source: question.source, page };
    const workers = await openWorkers({ metrics }, asked);
    return answerFrom(metrics, { question, page, pageOf, workers });
  });
}

async function answerFrom(db: MetricsReader, asked: Asked): Promise<ToolAnswer<FindAnswer>> {
  const { question, page, workers } = asked;
  const { things, notKnown } = await readThings(db, asked);
  const joined = await readJoined(db, asked, things);
  const hits =
    joined.homes.size > 0
      ? atHome(findHits(things, question.name), joined.homeOf)
      : findHits(things, question.name);
  const after = page?.positions.found;
  const rest = after?.length ? hits.filter(({ key }) => compareKeys(key, after) > 0) : hits;
  const shown = rest.slice(0, question.limit);
  const states = await readStates(db, workers, shown);
  const maybe = await readMaybe(db, workers, shown);
  const rows = shown.map((hit) => toRow(hit, { states, maybe }, question.detail === 'detailed'));
  const facts: Facts = {
    searched: countSearched(things, joined),
    matching: tally(hits.map(({ thing }) => [thing.kind, 1])),
    nearest: hits.length > 0 ? [] : nearestThings(things, question.name),
    left: rest.length,
    shown,
    notKnown,
  };
  return fitAnswer(
    { found: rows },
    ({ found }) => assemble(asked, facts, found),
    answerBudget(asked.question),
  );
}

/** What each source had under a name when the worker that knows it began its last run. */
async function readThings(
  db: MetricsReader,
  { question, workers }: Asked,
): Promise<{ things: Thing[]; notKnown: string[] }> {
  const azure = new Set(
    (await listSources(db)).filter(({ kind }) => kind === 'azure').map(({ sourceId }) => sourceId),
  );
  const things: Thing[] = [];
  const notKnown: string[] = [];
  for (const kind of KINDS) {
    if (question.kind !== undefined && question.kind !== kind) continue;
    const { runs, sources } = workers.of[WORKER_OF[kind]];
    for (const { sourceId, knownAt } of runs.filter((run) => isThere(kind, azure.has(run.sourceId)))) {
      const found = await listThings(db, { sourceId, kind, knownAt });
      if (found.length === MOST_THINGS) notKnown.push(`More than ${MOST_THINGS} of kind ${kind}.`);
      for (const thing of found) things.push(thing);
    }
    const without = sources.filter(
      ({ run_id, source_id }) => run_id === null && isThere(kind, azure.has(source_id)),
    );
    if (without.length > 0)
      notKnown.push(
        `Anything of kind ${kind} on ${without.length} of ${sources.length} sources: no run of the ${WORKER_OF[kind]} worker had concluded.`,
      );
  }
  return { things, notKnown };
}

const ONLY_VEEAM: readonly Kind[] = ['repository', 'scale_out_repository', 'proxy', 'host'];
const isThere = (kind: Kind, isAzure: boolean) =>
  kind === 'vault' ? isAzure : !(isAzure && ONLY_VEEAM.includes(kind));

type Joined = { homes: ReadonlyMap<string, Thing>; homeOf: (thing: Thing) => Thing | undefined };

const keyOfThing = ({ sourceId, kind, id }: Pick<Thing, 'sourceId' | 'kind' | 'id'>) =>
  `${sourceId}\n${kind}\n${id}`;

/** Where workloads that are another protection of a machine are listed. */
async function readJoined(
  db: MetricsReader,
  { question, workers }: Asked,
  things: readonly Thing[],
): Promise<Joined> {
  const homes = new Map<string, Thing>();
  const homeOf = (thing: Thing) => homes.get(keyOfThing(thing));
  if (question.kind !== undefined && question.kind !== 'workload') return { homes, homeOf };
  const elsewhere = await listElsewhere(db, workers.of.rto.runs);
  if (elsewhere.length === 0) return { homes, homeOf };
  const known = new Map(
    things.flatMap((one) => (one.kind === 'workload' ? [[keyOfThing(one), one] as const] : [])),
  );
  const workload = (sourceId: string, id: string) => keyOfThing({ kind: 'workload', sourceId, id });
  for (const one of elsewhere) {
    const home = known.get(workload(one.homeSourceId, one.homeWorkloadId));
    if (home) homes.set(workload(one.sourceId, one.workloadId), home);
  }
  return { homes, homeOf };
}

/** Machines count once; how many protections they have is said where some have several. */
function countSearched(things: readonly Thing[], { homes, homeOf }: Joined): Record<string, number> {
  const searched = tally(things.filter((thing) => !homeOf(thing)).map(({ kind }) => [kind, 1]));
  if (homes.size === 0) return searched;
  return { ...searched, protection: things.filter(({ kind }) => kind === 'workload').length };
}

/** Workloads of other sources that may be the machines of one page, by source and id. */
async function readMaybe(
  db: MetricsReader,
  { of }: Workers<Worker>,
  shown: readonly Hit[],
): Promise<Map<string, UnsureMatch[]>> {
  const ids = shown.flatMap(({ thing }) => (thing.kind === 'workload' ? [thing.id] : []));
  const pairs = of.rto.runs.length > 0 ? await listUnsure(db, of.rto.runs, ids) : [];
  return Map.groupBy(pairs, ({ sourceId, workloadId }) =>
    keyOfThing({ kind: 'workload', sourceId, id: workloadId }),
  );
}

/** How the things of one page stand, by source, kind and id. */
async function readStates(
  db: MetricsReader,
  { of }: Workers<Worker>,
  shown: readonly Hit[],
): Promise<Map<string, ThingState>> {
  const states = new Map<string, ThingState>();
  const groups = Map.groupBy(shown, ({ thing: { sourceId, kind } }) => `${sourceId}\n${kind}`);
  for (const group of groups.values()) {
    const [{ thing: first }] = group as [Hit];
    const { sourceId, kind } = first;
    const run = of[WORKER_OF[kind]].runs.find((one) => one.sourceId === sourceId) as ScopeRun;
    const ids = group.map(({ thing }) => thing.id);
    const found = await listStates(db, { ...run, kind, ids });
    for (const state of found) states.set(keyOfThing({ sourceId, kind, id: state.id }), state);
  }
  return states;
}

type Facts = {
  searched: Record<string, number>;
  matching: Record<string, number>;
  nearest: Thing[];
  left: number;
  shown: Hit[];
  notKnown: string[];
};

function assemble(asked: Asked, facts: Facts, found: readonly FoundRow[]): ToolAnswer<FindAnswer> {
  const { workers, question, pageOf } = asked;
  const base = baseOf(workers, summarise(asked, facts, found));
  const left = facts.left - found.length;
  const last = facts.shown[found.length - 1];
  const structured: FindAnswer = {
    ...base,
    searched: facts.searched,
    matching: facts.matching,
    found: [...found],
    ...(facts.nearest.length > 0 ? { nearest: facts.nearest.map(toNear) } : {}),
    not_known: facts.notKnown,
    next_steps: nextSteps(found, facts.nearest, base.as_of),
    ...(left > 0 && last
      ? {
          omitted: { found: left },
          next_cursor: writeCursor(pageOf, workers.asOf, workers.runIds, { found: last.key }),
        }
      : {}),
  };
  return { structured, text: renderFound(structured, question.detail === 'detailed') };
}

const toNear = ({ kind, id, name, sourceId }: Thing) => ({
  kind,
  id: cleanText(id, 120),
  name: cleanText(name),
  source_id: sourceId,
});

function summarise({ page, workers }: Asked, facts: Facts, found: readonly FoundRow[]): string {
  const matches = Object.entries(facts.matching);
  const searched = Object.entries(facts.searched);
  const list = (counts: [string, number][]) => counts.map(([kind, count]) => `${count} ${kind}`).join(', ');
  if (searched.length === 0) {
    const because = WORKERS.map((worker) => workers.of[worker].emptyBecause).find((text) => text);
    return because ?? 'Nothing of that kind was seen.';
  }
  if (matches.length === 0) return `Nothing has this text in its name; looked at ${list(searched)}.`;
  if (page) return `Next rows: ${found.length} of what matches (${list(matches)}).`;
  const [first] = found;
  const only = facts.left === 1 && first ? ` Ask ${askNext(first.kind, first.state)} about it.` : '';
  return `Found by name or id: ${list(matches)}.${only}`;
}
