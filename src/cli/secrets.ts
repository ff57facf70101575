import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'dotenv';
import { ConfigError } from '../errors.ts';
import { noArguments } from './arguments.ts';
import { filesOfToml } from './toml-files.ts';

/** Made up where nobody gave one, and kept from then on. */
const KEPT = [
  'DB_PASSWORD',
  'DB_COLLECTOR_PASSWORD',
  'DB_ADVISOR_PASSWORD',
  'DB_READER_PASSWORD',
  'MCP_HTTP_TOKEN',
];

/** The password of a login that the MCP server has in the place of dr365_reader, whose own nobody else may know. */
const OWN_READER = 'MCP_READER_PASSWORD';

/** Files that are handed on as files; the variable then names the copy. */
const FILES = ['VEEAM_CA_FILE', 'AZURE_CA_FILE', 'AZURE_CLIENT_CERTIFICATE_PATH', 'NOTIFY_CA_FILE'];

/** Not for the collectors: logins of other parts, and what compose itself reads. */
const NOT_COLLECTORS = /^(DB|MCP|COMPOSE|DOCKER|POSTGRES|DR365)_/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Ids of the accounts in the two images. */
const POSTGRES = 999;
const NODE = 1000;

type Settings = Record<string, string>;
type Consumer = { folder: string; uid: number; files: Settings };
type Folders = {
  /** Holds `.env` and `dr365.toml`, or is the file with the settings itself. */
  project: string;
  /** A file for each variable that names one; those that are not set are empty. */
  given: string;
  /** Nobody else sees it. */
  kept: string;
  /** A folder for each container. */
  out: string;
};

/**
 * `dr365 secrets`, the one-shot service of docker-compose.yml: gives each container the passwords of its own role and no other, as
 * files in a volume of its own. What `.env` or a file that it names says is the password; what nobody gave is made up once.
 * @throws ConfigError if a file that is named cannot be read
 */
export async function secretsCommand(args: string[]): Promise<number> {
  noArguments('secrets', args);
  const root = process.env.DR365_SECRETS_ROOT ?? '/secrets';
  const folders = { project: '/project', given: '/given', kept: join(root, 'kept'), out: root };
  for (const line of distributeSecrets(folders)) process.stdout.write(`${line}\n`);
  return 0;
}

/** @returns what was done, a line each, without any secret */
export function distributeSecrets(folders: Folders): string[] {
  const env = readSettings(folders);
  const { values, made } = keep(env, folders.kept);
  const toml = readToml(env, folders);
  const beside = toml === undefined ? {} : filesOfToml(toml, folders.project);
  const done = made.map((name) => `${name}: made up`);
  for (const consumer of consumersOf(env, values, { toml, beside, given: folders.given }))
    if (store(join(folders.out, consumer.folder), consumer))
      done.push(`${consumer.folder}: ${Object.keys(consumer.files).length} files written`);
  return done.length > 0 ? done : ['nothing has changed'];
}

/** What `.env` holds, with the content of each `X_PASSWORD_FILE` and the like in the place of `X_PASSWORD`. */
function readSettings({ project, given }: Folders): Settings {
  const file = statSync(project, { throwIfNoEntry: false })?.isFile() ? project : join(project, '.env');
  const env = existsSync(file) ? parse(readText(file, '.env')) : {};
  for (const [name, path] of Object.entries(env)) {
    const [, secret] = /^(\w+_(?:PASSWORD|SECRET|ACCESS_TOKEN|URL))_FILE$/.exec(name) ?? [];
    if (secret && path && !env[secret]?.trim()) env[secret] = readGiven(name, path, given).trim();
  }
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => VARIABLE.test(name) && value.trim() !== ''),
  );
}

function readGiven(name: string, path: string, given: string): string {
  const file = join(given, name);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isDirectory())
    throw new ConfigError(
      `${name}=${path} is no file: Docker makes a folder where a file that it is to show is missing; remove the folder, put the file there`,
    );
  if (!found?.isFile())
    throw new ConfigError(`${name}=${path} is not shown to the containers by docker-compose.yml`);
  return readText(file, `${name}=${path}`);
}

function readText(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`${name} cannot be read`, { cause });
  }
}

function keep(env: Settings, folder: string): { values: Settings; made: string[] } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const made: string[] = [];
  const values: Settings = {};
  const given = { ...env };
  if (hasOwnReader(env)) {
    delete given.DB_READER_PASSWORD;
    if (env.DB_READER_PASSWORD) given[OWN_READER] = env.DB_READER_PASSWORD;
  }
  for (const name of hasOwnReader(env) ? [...KEPT, OWN_READER] : KEPT) {
    const file = join(folder, name);
    const known = given[name] ?? (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
    if (!known) made.push(name);
    values[name] = known || randomBytes(32).toString('base64url');
    write(file, values[name], undefined);
  }
  return { values, made };
}

/** Whether the MCP server signs in as another login than the role that `migrate` makes, such as one of a single tenant. */
const hasOwnReader = ({ DB_READER_USER: user }: Settings) => user !== undefined && user !== 'dr365_reader';

function readToml(env: Settings, { project, given }: Folders): string | undefined {
  if (env.DR365_CONFIG) return readGiven('DR365_CONFIG', env.DR365_CONFIG, given);
  const file = join(project, 'dr365.toml');
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? readText(file, 'dr365.toml') : undefined;
}

function consumersOf(
  env: Settings,
  values: Settings,
  { toml, beside, given }: { toml: string | undefined; beside: Settings; given: string },
): Consumer[] {
  const of = (...names: string[]) => Object.fromEntries(names.map((name) => [name, values[name] ?? '']));
  const config: Settings = toml === undefined ? {} : { 'dr365.toml': toml };
  const token: Settings = env.MCP_HTTP_TOKEN_FILE && !env.MCP_HTTP_TOKEN ? {} : of('MCP_HTTP_TOKEN');
  const reader = values[hasOwnReader(env) ? OWN_READER : 'DB_READER_PASSWORD'] ?? '';
  return [
    { folder: 'postgres', uid: POSTGRES, files: of('DB_PASSWORD') },
    {
      folder: 'migrate',
      uid: NODE,
      files: of(...Object.keys(values).filter((name) => name !== 'MCP_HTTP_TOKEN')),
    },
    {
      folder: 'collectors',
      uid: NODE,
      files: { ...collecting(env, given), ...beside, ...of('DB_COLLECTOR_PASSWORD'), ...config },
    },
    { folder: 'advisor', uid: NODE, files: { ...of('DB_ADVISOR_PASSWORD'), ...config } },
    { folder: 'mcp', uid: NODE, files: { DB_READER_PASSWORD: reader, ...token } },
  ];
}

/** All that `.env` says of sources: dr365.toml may name further variables, with passwords of further servers. */
function collecting(env: Settings, given: string): Settings {
  const files: Settings = {};
  for (const [name, value] of Object.entries(env)) {
    if (NOT_COLLECTORS.test(name)) continue;
    if (FILES.includes(name)) files[`${name}.pem`] = readGiven(name, value, given);
    else if (!name.endsWith('_FILE')) files[name] = value;
  }
  return files;
}

/** Makes a folder hold these files and no others. @returns whether that changed anything */
function store(folder: string, { uid, files }: Consumer): boolean {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const tops = new Set(Object.keys(files).map((name) => name.split('/', 1)[0]));
  const stale = readdirSync(folder).filter((name) => !tops.has(name));
  for (const name of stale) rmSync(join(folder, name), { recursive: true, force: true });
  const written = Object.entries(files).filter(([name, text]) => write(join(folder, name), text, uid));
  return stale.length + written.length > 0;
}

/** A file that holds this already is left as it is: who reads it looks at its time. */
function write(file: string, text: string, uid: number | undefined): boolean {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return false;
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, text, { mode: 0o400 });
  chmodSync(draft, 0o400);
  if (uid !== undefined && process.getuid?.() === 0) chownSync(draft, uid, uid);
  renameSync(draft, file);
  return true;
}
