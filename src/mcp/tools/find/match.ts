import { KINDS, type Thing } from '../../../queries/find.ts';
import { foldName, nearestNames, toMatcher } from '../../suggest.ts';
import { cleanText } from '../../untrusted.ts';

/** How a thing fits what was asked, the closest first. */
const MATCHES = ['ID', 'NAME', 'START', 'WORD', 'PART'] as const;
type Match = (typeof MATCHES)[number];

export type Hit = { thing: Thing; match: Match; key: HitKey };
/** Sort key: what is there before what is gone, then how well it fits and of which kind; name, source and id. */
export type HitKey = [rank: number, name: string, sourceId: string, id: string];

/** The things whose name has the text in it, or whose id it is; in a stable order. */
export function findHits(things: readonly Thing[], wanted: string): Hit[] {
  const matchOf = toTest(wanted);
  const hits: Hit[] = [];
  for (const thing of things) {
    const names = foldedNames(thing.name);
    const match = matchOf(thing.id, names);
    if (match) hits.push({ thing, match, key: keyOf(thing, match, names[0] ?? '') });
  }
  return hits.sort((a, b) => compareKeys(a.key, b.key));
}

/** A name as it is stored and as it is shown: hidden characters cannot be typed. */
function foldedNames(name: string): string[] {
  if (/^[\x20-\x7e]*$/.test(name)) return [foldName(name)];
  return [...new Set([foldName(name), foldName(cleanText(name))])];
}

/** What is another protection of a machine stands for the machine: it is found once, where it is listed. */
export function atHome(hits: readonly Hit[], homeOf: (thing: Thing) => Thing | undefined): Hit[] {
  const best = new Map<string, Hit>();
  for (const hit of hits) {
    const thing = homeOf(hit.thing) ?? hit.thing;
    const key = `${thing.sourceId}\n${thing.kind}\n${thing.id}`;
    const moved =
      thing === hit.thing
        ? hit
        : { ...hit, thing, key: keyOf(thing, hit.match, foldedNames(thing.name)[0] ?? '') };
    const known = best.get(key);
    if (!known || compareKeys(moved.key, known.key) < 0) best.set(key, moved);
  }
  return [...best.values()].sort((a, b) => compareKeys(a.key, b.key));
}

function toTest(wanted: string): (id: string, names: readonly string[]) => Match | undefined {
  const id = wanted.trim().toLowerCase();
  const text = foldName(wanted);
  const isPattern = text.includes('*');
  const fits = toMatcher(`*${text}*`);
  const inName = (name: string): Match | undefined => {
    if (isPattern) return fits(name) ? 'PART' : undefined;
    const at = name.indexOf(text);
    if (at < 0) return undefined;
    if (at === 0) return name.length === text.length ? 'NAME' : 'START';
    return startsWord(name, text) ? 'WORD' : 'PART';
  };
  return (thingId, names) => {
    if (thingId.toLowerCase() === id) return 'ID';
    const found = names.map(inName).filter((match) => match !== undefined);
    return found.toSorted((a, b) => MATCHES.indexOf(a) - MATCHES.indexOf(b))[0];
  };
}

function startsWord(name: string, text: string): boolean {
  for (let at = name.indexOf(text); at >= 0; at = name.indexOf(text, at + 1)) {
    if (at > 0 && !/[\p{L}\p{N}]/u.test(name[at - 1] ?? '')) return true;
  }
  return false;
}

const keyOf = ({ goneAt, kind, sourceId, id }: Thing, match: Match, name: string): HitKey => [
  (goneAt === null ? 0 : 100) + 10 * MATCHES.indexOf(match) + KINDS.indexOf(kind),
  // Cut, as a cursor carries it; the id decides between names that are longer.
  name.slice(0, 150),
  sourceId,
  id,
];

/** By code points, so that the order is the same on every machine. */
export function compareKeys(a: HitKey, b: readonly (string | number)[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? '';
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}

/** The things with the nearest names, for an answer that found nothing. */
export function nearestThings(things: readonly Thing[], wanted: string): Thing[] {
  const there = things.filter(({ goneAt }) => goneAt === null);
  const all = there.length > 0 ? there : things;
  const names = nearestNames(
    wanted.replaceAll('*', ''),
    all.map(({ name }) => name),
  );
  return names.flatMap((name) => all.find((thing) => thing.name === name) ?? []);
}
