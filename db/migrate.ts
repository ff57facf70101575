import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration';
import { ConfigError } from '../src/errors.ts';

export type DatabaseKind = 'metrics' | 'risk';

/** The migrations of one database: `db/<kind>/*.sql`, in the order of their names, each in one transaction. */
class SqlFiles implements MigrationProvider {
  readonly #folder: string;

  constructor(kind: DatabaseKind) {
    this.#folder = join(import.meta.dirname, kind);
  }

  async getMigrations(): Promise<Record<string, Migration>> {
    const files = readdirSync(this.#folder).filter((file) => file.endsWith('.sql'));
    return Object.fromEntries(
      files
        .sort()
        .map((file) => [file.replace(/\.sql$/, ''), { up: (db: Kysely<never>) => this.#apply(db, file) }]),
    );
  }

  async #apply(db: Kysely<never>, file: string): Promise<void> {
    await sql.raw(readFileSync(join(this.#folder, file), 'utf8')).execute(db);
  }
}

const migratorOf = (db: Kysely<never>, kind: DatabaseKind) =>
  new Migrator({ db, provider: new SqlFiles(kind) });

/**
 * Brings one database forward to this program's schema; may be called by several processes at once.
 * @returns the names of the migrations that were applied now
 * @throws ConfigError if the database is newer than this program, or the error of the migration that failed (rolled back)
 */
export async function migrateDatabase<DB>(database: Kysely<DB>, kind: DatabaseKind): Promise<string[]> {
  const db = database as unknown as Kysely<never>;
  await assertNotNewer(db, kind);
  const { error, results = [] } = await migratorOf(db, kind).migrateToLatest();
  if (error) throw error;
  return results.filter(({ status }) => status === 'Success').map(({ migrationName }) => migrationName);
}

/** @throws ConfigError if the schema is older or newer than this program needs */
export async function assertMigrated<DB>(database: Kysely<DB>, kind: DatabaseKind): Promise<void> {
  const db = database as unknown as Kysely<never>;
  await assertNotNewer(db, kind);
  const applied = await appliedMigrations(db);
  const missing = Object.keys(await new SqlFiles(kind).getMigrations()).filter(
    (name) => !applied.includes(name),
  );
  if (missing.length > 0) {
    throw new ConfigError(
      `the ${kind} database is older than this program (${missing[0]} is missing): run: npm run migrate`,
    );
  }
}

async function assertNotNewer(db: Kysely<never>, kind: DatabaseKind): Promise<void> {
  const known = Object.keys(await new SqlFiles(kind).getMigrations());
  const strange = (await appliedMigrations(db)).filter((name) => !known.includes(name));
  if (strange.length > 0) {
    throw new ConfigError(
      `the ${kind} database is newer than this program (it has ${strange.at(-1)}): use the newer version of dr365`,
    );
  }
}

async function appliedMigrations(db: Kysely<never>): Promise<string[]> {
  const { rows } = await sql<{
    known: string | null;
  }>`select to_regclass('kysely_migration')::text as known`.execute(db);
  if (!rows[0]?.known) return [];
  const applied = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return applied.rows.map(({ name }) => name);
}
