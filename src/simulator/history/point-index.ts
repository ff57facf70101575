import type { Estate, Protected } from '../estate/types.ts';
import type { Chains, Link } from './chains.ts';
import { firstNotBelow } from './sessions.ts';
import type { Storage } from './storage.ts';

/** All points of the estate in the order of their creation. */
export type PointIndex = {
  length: number;
  place: (position: number) => Protected;
  link: (position: number) => Link;
  created: (position: number) => number;
  /** First position whose point is not older than `at`. */
  firstFrom: (at: number) => number;
};

/** Gives the index of an instant; it is made again only when some chain has changed. */
export function createPointIndex(
  estate: Estate,
  chains: Chains,
  storage: Storage,
): (at: number) => PointIndex {
  let kept: { version: number; index: PointIndex } | undefined;
  return (at) => {
    for (const job of estate.jobs) chains.at(job, at);
    if (kept?.version !== chains.version())
      kept = { version: chains.version(), index: build(estate, storage, at) };
    return kept.index;
  };
}

function build(estate: Estate, storage: Storage, at: number): PointIndex {
  const places: Protected[] = [];
  const links: Link[] = [];
  for (const place of estate.protected) {
    if (estate.jobs[place.job]?.kind === 'replica') continue;
    for (const link of storage.linksOf(place, at)) {
      places.push(place);
      links.push(link);
    }
  }
  const created = Float64Array.from(links, (link, i) => storage.createdAt(places[i] as Protected, link));
  const order = Uint32Array.from(links, (_, i) => i).sort(
    (a, b) => (created[a] ?? 0) - (created[b] ?? 0) || a - b,
  );
  const placeAt = (position: number) => places[order[position] ?? 0] as Protected;
  const createdAt = (position: number) => created[order[position] ?? 0] ?? 0;
  return {
    length: links.length,
    place: placeAt,
    link: (position) => links[order[position] ?? 0] as Link,
    created: createdAt,
    firstFrom: (from) => firstNotBelow(links.length, createdAt, from),
  };
}
