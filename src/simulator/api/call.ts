import type { RevisionIndex } from '../contract/revisions.ts';
import type { World } from '../world.ts';
import { notFound } from './errors.ts';
import { listRows, type Page, type Row, toWhole } from './list.ts';
import type { Query } from './query.ts';

/** One request that is allowed and well formed. */
export type Call = {
  world: World;
  revision: RevisionIndex;
  query: Query;
  ids: Record<string, string>;
  /** Milliseconds: the server's time, the same throughout the request. */
  now: number;
  /** Answers that a fault has spoilt. */
  isFaulty: (name: string) => boolean;
};

/** Gives the body of the answer. @throws ApiError */
type Handler = (call: Call) => unknown;
export type Routes = Record<string, Handler>;

/** A list and, where `one` is given, each row of it by its id. */
export function listRoutes(
  path: string,
  rowsOf: (call: Call) => Row[],
  one?: { parameter?: string; key?: string },
): Routes {
  const routes: Routes = { [path]: (call) => listRows(call.query, rowsOf(call), call.world.zone) };
  if (!one) return routes;
  const { parameter = 'id', key = 'id' } = one;
  routes[`${path}/{${parameter}}`] = (call) => {
    const id = call.ids[parameter]?.toLowerCase();
    const row = rowsOf(call).find((candidate) => candidate[key] === id);
    if (!row) throw notFound(`${path.split('/').at(-1) ?? ''} ${id ?? ''}`);
    return row;
  };
  return routes;
}

/** A list below one thing: paged from 1.3-rev1 on, everything at once before. */
export function childList(call: Call, rows: Row[]): Page {
  return call.revision === 0 ? toWhole(rows) : listRows(call.query, rows, call.world.zone);
}
