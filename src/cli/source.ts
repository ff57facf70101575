import type { Config } from '../config/config.ts';
import { loadFullConfig } from '../config/sources.ts';
import type { Metrics } from '../db/connect.ts';
import { openDatabases } from '../db/database.ts';
import { ConfigError } from '../errors.ts';
import { cleanText } from '../mcp/untrusted.ts';

const USAGE =
  'dr365 source list | dr365 source retire NAME | dr365 source resume NAME (a name or an id of the list)';

type Known = {
  sourceId: string;
  kind: string;
  name: string;
  tenant: string | null;
  retiredAt: Date | null;
  readAt: Date | null;
};

/**
 * `dr365 source`: which backup servers and vaults are known, and the end of those that were switched off for good. What was
 * read of a retired one stays, for moments before; a run that reads it takes it back.
 * @returns the exit code
 */
export async function sourceCommand([action = '', ...args]: string[]): Promise<number> {
  const isList = action === 'list';
  if (!['list', 'retire', 'resume'].includes(action) || args.length !== (isList ? 0 : 1))
    throw new ConfigError(`usage: ${USAGE}`);
  // What is still to be read is asked for only where it matters.
  const config = loadFullConfig(process.env, { withSources: action === 'retire' });
  const databases = await openDatabases(config.database, 'collector', 'dr365 source');
  try {
    const { db } = databases.metrics;
    const known = await listKnown(db);
    if (isList) process.stdout.write(render(known));
    else if (action === 'retire') await retire(db, find(known, args[0] ?? ''), config);
    else await resume(db, find(known, args[0] ?? ''));
    return 0;
  } finally {
    await databases.close();
  }
}

function listKnown(db: Metrics): Promise<Known[]> {
  return db
    .selectFrom('source')
    .select((eb) => [
      'source_id as sourceId',
      'kind',
      'name',
      'tenant',
      'retired_at as retiredAt',
      eb
        .selectFrom('run')
        .select((run) => run.fn.max('finished_at').as('at'))
        .whereRef('run.source_id', '=', 'source.source_id')
        .where('status', 'in', ['succeeded', 'partial'])
        .as('readAt'),
    ])
    .orderBy('source_id')
    .execute();
}

function find(known: readonly Known[], wanted: string): Known {
  const byId = known.find(({ sourceId }) => sourceId === wanted);
  const byName = known.filter(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  const found = byId ?? (byName.length === 1 ? byName[0] : undefined);
  if (found) return found;
  const why = byName.length > 1 ? `${byName.length} sources are called` : 'there is no source';
  throw new ConfigError(`${why} ${JSON.stringify(wanted)}: give an id of dr365 source list`);
}

async function retire(db: Metrics, source: Known, config: Config): Promise<void> {
  if (isNamedIn(config, source))
    throw new ConfigError(
      `${source.sourceId} is still in the settings, and the next run would take it back: take it out of .env or dr365.toml first, and restart the workers`,
    );
  const { retiredAt } = await db
    .updateTable('source')
    .set((eb) => ({ retired_at: eb.fn.coalesce('retired_at', eb.val(new Date())) }))
    .where('source_id', '=', source.sourceId)
    .returning('retired_at as retiredAt')
    .executeTakeFirstOrThrow();
  process.stdout.write(
    `retired ${describe(source)} on ${retiredAt?.toISOString()}: it is in no answer about a later moment. What was read of it stays until retention ends it.\n`,
  );
}

async function resume(db: Metrics, source: Known): Promise<void> {
  await db.updateTable('source').set({ retired_at: null }).where('source_id', '=', source.sourceId).execute();
  process.stdout.write(`${describe(source)} counts again\n`);
}

/** By itself, and not only with its subscription: a vault that is not there any more is in no list of that. */
function isNamedIn({ veeam, azure }: Config, { sourceId, kind, name }: Known): boolean {
  if (kind !== 'azure') return veeam.some((server) => server.sourceId === sourceId);
  const named = [...(azure?.vaultNames ?? []), ...(azure?.vaults ?? []).map(({ vault }) => vault)];
  return named.some((vault) => vault.toLowerCase() === name.toLowerCase());
}

const describe = ({ sourceId, name }: Known) =>
  name === sourceId ? sourceId : `${cleanText(name, 60)} (${sourceId})`;

function render(known: readonly Known[]): string {
  if (known.length === 0) return 'no source is known: none was read yet\n';
  const lines = known.map((source) => {
    const { tenant, readAt, retiredAt } = source;
    const state = retiredAt
      ? `retired ${retiredAt.toISOString()}`
      : readAt
        ? `last read ${readAt.toISOString()}`
        : 'never read';
    return `${describe(source)}${tenant ? `, tenant ${tenant}` : ''}: ${state}\n`;
  });
  return lines.join('');
}
