import type { Proxy, Statement } from './proxy.ts';

/** Kinds of statements that a fault may wait for. */
const WANTED = {
  /** Any that a fault of the database may meet. */
  any: () => true,
  /** In a transaction that has read from its snapshot, and will write. */
  snapshot: ({ connection: { transaction } }: Statement) =>
    /repeatable read/i.test(transaction[0] ?? '') &&
    !/read only/i.test(transaction.slice(0, 2).join(' ')) &&
    transaction.length > 3,
  /** Rows on their way into a table, other than those in which a run or the maintenance tells of itself. */
  load: ({ text, connection: { transaction } }: Statement) =>
    transaction.length > 0 &&
    /^\s*insert into "/i.test(text) &&
    !/^\s*insert into "(run|run_event|run_endpoint|source|watermark|tenant|maintenance_\w+|database_size)"/i.test(
      text,
    ),
  commit: ({ text }: Statement) => /^\s*commit/i.test(text),
};

export type Wanted = keyof typeof WANTED;
/** How many of each kind a run sends. */
export type Counts = Record<Wanted, number>;

export const isWanted = (wanted: Wanted, statement: Statement): boolean => WANTED[wanted](statement);

/** Counts what goes through a proxy from now on, until it is reset. */
export function countStatements(proxy: Proxy): Counts {
  const counts: Counts = { any: 0, snapshot: 0, load: 0, commit: 0 };
  proxy.reset();
  proxy.onStatement((statement) => {
    for (const kind of Object.keys(counts) as Wanted[]) if (isWanted(kind, statement)) counts[kind] += 1;
    return 'pass';
  });
  return counts;
}
