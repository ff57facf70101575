import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own for a database, which can be made full and roomy again while it is in use. */
export type Volume = {
  folder: string;
  /** Leaves so many bytes free, to the next page of memory. */
  fill: (leaveBytes: number) => void;
  drain: () => void;
  remove: () => void;
};

/** This machine lets nobody make a file system here. */
export class NoVolume extends Error {
  override readonly name = 'NoVolume';
}

/** A file system in memory. @throws NoVolume where this account may not mount one */
export function makeVolume(megabytes: number): Volume {
  const folder = mkdtempSync(join(tmpdir(), 'dr365-faults-'));
  const mount = (options: string) =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', `${options},mode=0755`, 'tmpfs', folder], { stdio: 'pipe' });
  try {
    mount(`size=${megabytes}m`);
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw new NoVolume('a file system in memory cannot be mounted by this account', { cause });
  }
  const remove = () => {
    process.off('exit', remove);
    execFileSync('umount', ['-l', folder], { stdio: 'pipe' });
    rmSync(folder, { recursive: true, force: true });
  };
  // Also where the process ends before its time.
  process.once('exit', remove);
  return {
    folder,
    fill: (leaveBytes) => {
      const { blocks, bfree, bsize } = statfsSync(folder);
      mount(`remount,size=${(blocks - bfree) * bsize + leaveBytes}`);
    },
    drain: () => mount(`remount,size=${megabytes}m`),
    remove,
  };
}

/** A plain folder, where a full disk is left out. */
export function makeFolder(): Volume {
  const folder = mkdtempSync(join(tmpdir(), 'dr365-faults-'));
  const cannot = () => {
    throw new NoVolume('a folder cannot be made full');
  };
  const remove = () => {
    process.off('exit', remove);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', remove);
  return { folder, fill: cannot, drain: cannot, remove };
}
