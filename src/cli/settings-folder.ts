import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Env = Record<string, string | undefined>;

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const TOML = 'dr365.toml';
const POLL_MS = 5000;

/**
 * Takes settings from `DR365_SETTINGS_DIR`, as containers have them: a file `X` holds the variable X, `X.pem` is the file that X
 * names, dr365.toml is the file of that name. The environment comes first. `DR365_DEMO_DIR` is the same of a simulator, and counts
 * only where nothing says what to read.
 */
export function readSettingsFolders(env: Env): void {
  const { DR365_SETTINGS_DIR: own, DR365_DEMO_DIR: demo } = env;
  if (own) readFolder(own, env);
  if (!demo || namesSource(env) || namesIn(demo).length === 0) return;
  readFolder(demo, env);
  env.DR365_CONFIG = env.DR365_CONFIG?.trim() || join(import.meta.dirname, 'demo.toml');
}

function readFolder(folder: string, env: Env): void {
  const set = (name: string, value: string) => {
    if (!env[name]?.trim()) env[name] = value;
  };
  for (const name of namesIn(folder)) {
    const file = join(folder, name);
    if (name === TOML) set('DR365_CONFIG', file);
    else if (name.endsWith('.pem')) set(name.slice(0, -'.pem'.length), file);
    else if (VARIABLE.test(name)) set(name, readFileSync(file, 'utf8').trim());
  }
}

/** Files alone: what dr365.toml names may lie in folders beside it, and is read when it is needed. */
function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ name }) => name).sort();
}

function namesSource(env: Env): boolean {
  if (env.VEEAM_SERVER?.trim() || env.AZURE_SUBSCRIPTION_ID?.trim()) return true;
  const file = env.DR365_CONFIG?.trim();
  return Boolean(file && existsSync(file) && /^\s*\[\s*veeam\s*\./m.test(readFileSync(file, 'utf8')));
}

/**
 * Looks every few seconds whether the settings in those folders are still those that were read. Once they are others, and have
 * stayed so, `changed` is called. Keeps no process alive.
 */
export function watchSettingsFolders(env: Env, changed: () => void): void {
  const folders = [env.DR365_SETTINGS_DIR, env.DR365_DEMO_DIR].filter((folder) => folder !== undefined);
  if (folders.length === 0) return;
  const read = digestOf(folders);
  let before = read;
  const timer = setInterval(() => {
    const now = digestOf(folders);
    if (now !== read && now === before) {
      clearInterval(timer);
      changed();
    }
    before = now;
  }, POLL_MS);
  timer.unref();
}

/** Files come and go while it looks: then it is another digest, and the next look tells. */
function digestOf(folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders)
    for (const name of namesIn(folder)) {
      hash.update(`\0${name}\0`);
      try {
        hash.update(readFileSync(join(folder, name)));
      } catch {
        hash.update('gone');
      }
    }
  return hash.digest('hex');
}
