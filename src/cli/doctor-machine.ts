import { existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSettings } from '../config/config.ts';
import { type Check, createChecks, plural } from './doctor-check.ts';

const GIB = 2 ** 30;
/** A day's facts of a large estate and the files that PostgreSQL makes beside them. */
const LEAST_BYTES = GIB;
const FEW_BYTES = 10 * GIB;
const FEW_SHARE = 0.1;

/** Node.js, and the folder that holds the embedded database or the generated passwords. */
export function checkMachine({ dataDir, external }: DatabaseSettings): Check[] {
  const { checks, ok, fail } = createChecks('this machine');
  ok('Node.js', `${process.versions.node}; 24 or newer is needed`);
  const folder = nearestFolder(dataDir);
  if (existsSync(dataDir) && !statSync(dataDir).isDirectory()) {
    fail('disk', `${dataDir} is no folder`, 'set DR365_DATA_DIR to a folder that this account may write');
    return checks;
  }
  const { bavail, blocks, bsize } = statfsSync(folder);
  checks.push(
    judgeDisk({
      dataDir,
      freeBytes: bavail * bsize,
      totalBytes: blocks * bsize,
      isEmbedded: external === undefined,
    }),
  );
  return checks;
}

/** Whether there is room for the data folder to grow. */
export function judgeDisk(disk: {
  dataDir: string;
  freeBytes: number;
  totalBytes: number;
  isEmbedded: boolean;
}): Check {
  const { checks, ok, warn, fail } = createChecks('this machine');
  const { dataDir, freeBytes, totalBytes, isEmbedded } = disk;
  const share = totalBytes > 0 ? freeBytes / totalBytes : 0;
  const what = isEmbedded
    ? 'of the database'
    : 'of generated passwords; the disk of the database is that of DB_HOST and not seen from here';
  const message = `${sizeText(freeBytes)} of ${sizeText(totalBytes)} (${Math.floor(share * 100)} %) are free for DR365_DATA_DIR=${dataDir}, the folder ${what}`;
  const more = { details: { dataDir, freeBytes, totalBytes, isEmbedded } };
  const remedy = isEmbedded
    ? 'free space, or move DR365_DATA_DIR to a larger disk: without space nothing can be stored'
    : 'free space on the disk of DR365_DATA_DIR';
  if (isEmbedded && freeBytes < LEAST_BYTES) fail('disk', message, remedy, more);
  else if (freeBytes < LEAST_BYTES || (isEmbedded && freeBytes < FEW_BYTES && share < FEW_SHARE))
    warn('disk', message, remedy, more);
  else ok('disk', message, null, more);
  return checks[0] as Check;
}

/** The folder itself, or the one in which it would be made. */
function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

function sizeText(bytes: number): string {
  if (bytes >= GIB) return `${(bytes / GIB).toFixed(1)} GiB`;
  return plural(Math.round(bytes / 2 ** 20), 'MiB').replace(/s$/, '');
}
