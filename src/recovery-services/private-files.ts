import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files that the OS user of this process alone may read, in a folder that nobody else may enter. */
export type PrivateFiles = {
  /** undefined: there is none. */
  read: (name: string) => string | undefined;
  write: (name: string, content: string | Uint8Array) => void;
  /** @returns how many there were */
  remove: (matches: (name: string) => boolean) => number;
};

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** @throws the error of the file system if something is there and cannot be used */
export function privateFiles(folder: string): PrivateFiles {
  return {
    read: (name) => orUndefined(() => readFileSync(join(folder, name), 'utf8')),
    write: (name, content) => {
      mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
      chmodSync(folder, FOLDER_MODE); // it may have been there before
      const draft = join(folder, `${name}.${process.pid}.new`);
      rmSync(draft, { force: true });
      writeFileSync(draft, content, { mode: FILE_MODE, flag: 'wx' });
      renameSync(draft, join(folder, name));
    },
    remove: (matches) => {
      const found = (orUndefined(() => readdirSync(folder)) ?? []).filter(matches);
      for (const name of found) rmSync(join(folder, name), { force: true });
      return found.length;
    },
  };
}

function orUndefined<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
