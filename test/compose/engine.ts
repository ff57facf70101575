import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
const STAND_IN = join(ROOT, '../shared/compose');
const BUILT = [
  '.dockerignore',
  'Dockerfile',
  'docker-compose.yml',
  'package.json',
  'package-lock.json',
  'LICENSE',
];
const MINUTE = 60_000;

const run = promisify(execFile);

/** A Docker engine to test with, which is started where the means are at hand. @throws with one line where there is none */
export function requireEngine(): void {
  if (!answers() && existsSync(join(STAND_IN, 'engine-up'))) {
    const folder = mkdtempSync(join(tmpdir(), 'dr365-engine-'));
    cpSync(STAND_IN, folder, { recursive: true });
    execFileSync('bash', [join(folder, 'engine-up')], { stdio: ['ignore', 'inherit', 'inherit'] });
    rmSync(folder, { recursive: true, force: true });
  }
  if (!answers())
    stop('test:compose needs a Docker engine, and none answers here: start it, or see "docker info"');
  if (!composeProgram())
    stop('test:compose needs docker compose (v2) or docker-compose (1.29), and there is neither');
}

function stop(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

const succeeds = (program: string, args: string[]) => {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const answers = () => succeeds('docker', ['info']);

function composeProgram(): string[] | undefined {
  if (succeeds('docker', ['compose', 'version'])) return ['docker', 'compose'];
  return succeeds('docker-compose', ['version']) ? ['docker-compose'] : undefined;
}

export type Ended = { code: number; stdout: string; stderr: string };

/** Runs a program to its end, whatever that is. */
export async function sh(
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
  cwd = ROOT,
): Promise<Ended> {
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 << 20, timeout: 15 * MINUTE };
  return run(program, args, options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code?: number; stdout?: string; stderr?: string; message: string }) => ({
      code: typeof error.code === 'number' ? error.code : -1,
      stdout: error.stdout ?? '',
      stderr: error.stderr || error.message,
    }),
  );
}

/** The same, and it has to succeed. @returns what it printed */
export async function docker(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await sh('docker', args);
  if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

export const IMAGE = 'dr365-compose-test';

/** Builds the image under a name of the tests; where an engine's own network leads nowhere, in the machine's. @returns seconds */
export async function buildImage(): Promise<number> {
  const from = Date.now();
  const { code } = await sh('docker', ['build', '-q', '-t', IMAGE, '.']);
  if (code !== 0) await docker('build', '-q', '--network', 'host', '-t', IMAGE, '.');
  return (Date.now() - from) / 1000;
}

export type Service = { name: string; id: string; state: string; health: string; exitCode: number };

export type Stack = {
  folder: string;
  project: string;
  url: string;
  /** compose with these arguments; it has to succeed unless it is `tried`. */
  compose: (...args: string[]) => Promise<string>;
  tried: (...args: string[]) => Promise<Ended>;
  setEnv: (lines: readonly string[]) => void;
  services: () => Promise<Service[]>;
  container: (service: string) => Promise<string>;
  /** Until each service is healthy and each one-shot has ended well. @returns seconds */
  untilGreen: (limitSeconds?: number) => Promise<number>;
  [Symbol.asyncDispose]: () => Promise<void>;
};

/** A copy of the project as a user has it, under a name and a port of its own. Nothing is started yet. */
export function prepareStack(project: string, port: number): Stack {
  const folder = mkdtempSync(join(tmpdir(), `${project}-`));
  for (const name of BUILT) cpSync(join(ROOT, name), join(folder, name));
  const names = readFileSync(join(folder, 'docker-compose.yml'), 'utf8').matchAll(
    /^ {4}<<: \*(?:once|service|dr365)$/gm,
  );
  if ([...names].length < 5) throw new Error('docker-compose.yml is not laid out as the tests read it');
  // The image of the tests, and no other, whatever `dr365` is on this machine.
  const file = join(folder, 'docker-compose.yml');
  writeFileSync(
    file,
    readFileSync(file, 'utf8')
      .replace('  image: dr365\n', `  image: ${IMAGE}\n`)
      .replace('    build: .\n', ''),
  );
  const [program = '', ...first] = composeProgram() ?? [];
  const env = { COMPOSE_PROJECT_NAME: project, MCP_HTTP_PORT: String(port) };
  const tried = (...args: string[]) => sh(program, [...first, ...args], env, folder);
  const compose = async (...args: string[]) => {
    const { code, stdout, stderr } = await tried(...args);
    if (code !== 0) throw new Error(`compose ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout.trim();
  };
  const services = () => listServices(project);
  return {
    folder,
    project,
    url: `http://127.0.0.1:${port}/mcp`,
    compose,
    tried,
    setEnv: (lines) => writeFileSync(join(folder, '.env'), `${lines.join('\n')}\n`, { mode: 0o600 }),
    services,
    container: async (name) => {
      const found = (await services()).find((one) => one.name === name);
      if (!found) throw new Error(`there is no container of ${name}`);
      return found.id;
    },
    untilGreen: (limit = 300) => untilGreen(services, limit),
    [Symbol.asyncDispose]: async () => {
      await tried('--profile', 'demo', 'down', '-v', '--remove-orphans');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listServices(project: string): Promise<Service[]> {
  const filter = `label=com.docker.compose.project=${project}`;
  const ids = (await docker('ps', '-aq', '--filter', filter)).split('\n').filter(Boolean);
  if (ids.length === 0) return [];
  type Inspected = {
    Id: string;
    Config: { Labels: Record<string, string> };
    State: { Status: string; ExitCode: number; Health?: { Status: string } };
  };
  const all = JSON.parse(await docker('inspect', ...ids)) as Inspected[];
  return all.map(({ Id, Config, State }) => ({
    name: Config.Labels['com.docker.compose.service'] ?? '',
    id: Id,
    state: State.Status,
    health: State.Health?.Status ?? '',
    exitCode: State.ExitCode,
  }));
}

const isGreen = ({ state, health, exitCode }: Service) =>
  state === 'running' ? health === 'healthy' : state === 'exited' && exitCode === 0;

async function untilGreen(services: () => Promise<Service[]>, limitSeconds: number): Promise<number> {
  const from = Date.now();
  for (;;) {
    const all = await services();
    if (all.length > 0 && all.every(isGreen)) return (Date.now() - from) / 1000;
    if (Date.now() - from > limitSeconds * 1000) {
      const red = all
        .filter((one) => !isGreen(one))
        .map(({ name, state, health }) => `${name} ${state} ${health}`);
      throw new Error(`not green after ${limitSeconds} s: ${red.join(', ')}`);
    }
    await sleep(1000);
  }
}

/** Repeats until it succeeds. @throws what it threw last once the time is over */
export async function eventually<T>(work: () => Promise<T>, limitSeconds = 120): Promise<T> {
  const from = Date.now();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() - from > limitSeconds * 1000) throw error;
      await sleep(1000);
    }
  }
}
