import { statfs } from 'node:fs/promises';
import type { DatabaseSettings } from '../config/config.ts';

/** Bytes that are free where the embedded server keeps its data; null: the server is on another machine, or the folder is not there. */
export async function freeBytesOf({ external, dataDir }: DatabaseSettings): Promise<number | null> {
  if (external) return null;
  try {
    const { bavail, bsize } = await statfs(dataDir);
    return bavail * bsize;
  } catch {
    return null;
  }
}
