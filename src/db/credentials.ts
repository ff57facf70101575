import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Login, ROLES, type Role } from '../config/config.ts';
import { ConfigError } from '../errors.ts';

export type Credentials = Record<Role, Login>;

/** Logins made up by us, one password per role, in a file that only its owner can read. */
const FILE = 'credentials.json';

/** The credentials in `dataDir`. @returns undefined if there are none yet */
export function readCredentials(dataDir: string): Credentials | undefined {
  const file = join(dataDir, FILE);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Credentials;
  } catch (cause) {
    throw new ConfigError(`${file} cannot be read: it has to belong to this account (DR365_DATA_DIR)`, {
      cause,
    });
  }
}

/** The credentials in `dataDir`, made if there are none. */
export function ensureCredentials(dataDir: string): Credentials {
  const existing = readCredentials(dataDir);
  if (existing) return existing;
  const made = Object.fromEntries(
    ROLES.map((role) => [role, { user: `dr365_${role}`, password: randomBytes(24).toString('base64url') }]),
  ) as Credentials;
  try {
    mkdirSync(dataDir, { recursive: true });
    const draft = join(dataDir, `.${FILE}.${process.pid}`);
    writeFileSync(draft, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
    chmodSync(draft, 0o600);
    renameSync(draft, join(dataDir, FILE));
  } catch (cause) {
    throw new ConfigError(
      `${dataDir} cannot be written: DR365_DATA_DIR has to be a folder that this account may write`,
      {
        cause,
      },
    );
  }
  return made;
}
