import assert from 'node:assert/strict';
import { toSettings } from '../../src/simulator/options.ts';
import { findScenario } from '../../src/simulator/scenarios/index.ts';
import { type EfficiencyTruth, findEfficiency } from '../../src/simulator/truth/efficiency.ts';
import type { AnomalyTruth } from '../../src/simulator/truth/efficiency-anomalies.ts';
import { type FileOf, filesOf } from '../../src/simulator/truth/efficiency-files.ts';
import { createWorld, type World } from '../../src/simulator/world.ts';
import { type Client, NOW, type Row } from './client.ts';

export type File = Row & {
  dataSize: number;
  backupSize: number;
  dedupRatio: number;
  compressRatio: number;
  creationTime: string;
  objectId?: string;
  backupId: string;
};
export type Backup = Row & { jobId?: string; repositoryId: string };

/** A small estate with a scenario's own jobs beside it, and three months of history. */
export const worldOf = (scenario: string, options = {}): World =>
  createWorld(
    toSettings({ now: NOW, speed: 0, jobs: 8, days: 90, scenario, ...options }),
    findScenario(scenario),
  );

export function truthOf(world: World, at = NOW.getTime()): EfficiencyTruth {
  const truth = findEfficiency(world, at);
  assert.ok(truth, 'the truth about storage efficiency');
  return truth;
}

/** Files of a job by its name, oldest first for each machine. */
export function filesIn(world: World, name: string, at = NOW.getTime()): FileOf[] {
  const job = world.estate.jobs.find((one) => one.name === name);
  assert.ok(job, name);
  return [...filesOf(world, job, at)];
}

export function anomalyIn(truth: EfficiencyTruth, name: string): AnomalyTruth {
  const found = truth.anomalies.find(({ job }) => job.name === name);
  assert.ok(found, name);
  return found;
}

/** All files of each backup, as the server lists them. */
export async function readFiles(client: Client): Promise<Map<Backup, File[]>> {
  const files = new Map<Backup, File[]>();
  for (const one of (await client.list('/api/v1/backups')) as Backup[])
    files.set(one, (await client.list(`/api/v1/backups/${one.id}/backupFiles`)) as File[]);
  return files;
}

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export const factorOf = ({ listed: { dataSize, backupSize } }: FileOf): number =>
  (dataSize ?? Number.NaN) / (backupSize ?? Number.NaN);

export const bytesOf = ({ listed: { dataSize } }: FileOf): number => dataSize ?? Number.NaN;
