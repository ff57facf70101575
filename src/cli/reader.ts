import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type DatabaseSettings, loadConfig } from '../config/config.ts';
import { type Databases, openDatabases, withTarget } from '../db/database.ts';
import { type LimitedReader, listReaders, putReader, removeReader } from '../db/readers.ts';
import { ConfigError } from '../errors.ts';
import { copyTenant } from '../pipeline/tenants.ts';
import { plural } from './doctor-check.ts';

const USAGE =
  'dr365 reader add LOGIN --tenant a,b [--password-file FILE] | dr365 reader list | dr365 reader remove LOGIN';

/**
 * `dr365 reader`: logins that see the sources of some tenants only, for MCP servers of their own. As the owner of the databases.
 * @returns the exit code
 */
export async function readerCommand([action = '', ...args]: string[]): Promise<number> {
  const { database } = loadConfig(process.env);
  const { values, positionals } = parse(args);
  const [login, ...rest] = positionals;
  const isAdd = action === 'add';
  const takesLogin = isAdd || action === 'remove';
  const isWrong =
    rest.length > 0 ||
    takesLogin !== (login !== undefined) ||
    !(takesLogin || action === 'list') ||
    isAdd !== (values.tenant !== undefined) ||
    (values['password-file'] !== undefined && !isAdd);
  if (isWrong) throw new ConfigError(`usage: ${USAGE}`);
  await withOwner(database, async () => {}); // of the version that this program knows, before anything is changed
  if (action === 'list') return list(database);
  if (!isAdd) return remove(database, login ?? '');
  const tenants = (values.tenant ?? []).flatMap((text) => text.split(',')).map((text) => text.trim());
  const file = values['password-file'] ?? join(database.dataDir, 'readers', `${login}.password`);
  return add(database, { login: login ?? '', tenants: [...new Set(tenants)] }, resolve(file));
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { tenant: { type: 'string', multiple: true }, 'password-file': { type: 'string' } },
    });
  } catch (cause) {
    throw new ConfigError(`usage: ${USAGE}`, { cause });
  }
}

async function add(settings: DatabaseSettings, reader: LimitedReader, file: string): Promise<number> {
  const password = passwordIn(file);
  const isNew = await withTarget(settings, (target) => putReader(target, { ...reader, password }));
  const known = await withOwner(settings, async (databases) => {
    const sources = await databases.metrics.db
      .selectFrom('source')
      .select(['source_id', 'tenant'])
      .orderBy('source_id')
      .execute();
    for (const { source_id } of sources) await copyTenant(databases, source_id);
    return sources;
  });
  const lines = reader.tenants.map((tenant) => {
    const own = known.filter((source) => source.tenant === tenant).length;
    return own > 0
      ? `  ${tenant}: ${plural(own, 'source')}`
      : `  ${tenant}: no source has this tenant yet (DOCS/tenants.md)`;
  });
  process.stdout.write(
    `${isNew ? 'made' : 'changed'} ${reader.login}, which sees the sources of\n${lines.join('\n')}\n` +
      `for its MCP server: DB_READER_USER=${reader.login} DB_READER_PASSWORD_FILE=${file}\n`,
  );
  return 0;
}

async function list(settings: DatabaseSettings): Promise<number> {
  const readers = await withTarget(settings, listReaders);
  for (const { login, tenants } of readers)
    process.stdout.write(`${login}: ${tenants.join(', ') || 'no tenant, so it sees nothing'}\n`);
  if (readers.length === 0) process.stdout.write('no login is limited to tenants\n');
  return 0;
}

async function remove(settings: DatabaseSettings, login: string): Promise<number> {
  const isKnown = await withTarget(settings, (target) => removeReader(target, login));
  if (!isKnown) throw new ConfigError(`there is no limited login ${JSON.stringify(login)}`);
  process.stdout.write(`removed ${login}\n`);
  return 0;
}

async function withOwner<T>(
  settings: DatabaseSettings,
  work: (databases: Databases) => Promise<T>,
): Promise<T> {
  const databases = await openDatabases(settings, 'owner', 'dr365 reader');
  try {
    return await work(databases);
  } finally {
    await databases.close();
  }
}

/** What stands in the file; where there is none a password is made up and the file written, for its owner alone. */
function passwordIn(file: string): () => string {
  if (existsSync(file)) {
    const text = readFileSync(file, 'utf8').trim();
    if (text === '') throw new ConfigError(`--password-file ${file} is empty`);
    return () => text;
  }
  return () => {
    const made = randomBytes(24).toString('base64url');
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(file, `${made}\n`, { mode: 0o600, flag: 'wx' });
    } catch (cause) {
      throw new ConfigError(`${file} cannot be written: give --password-file`, { cause });
    }
    return made;
  };
}
