import type { Kind } from './attempt.ts';
import { startEstate } from './estate.ts';
import { DATABASE_KINDS, FULL_DISK } from './kinds-database.ts';
import { PROCESS_KINDS } from './kinds-process.ts';
import { UPSTREAM_KINDS } from './kinds-upstream.ts';
import { startProxy } from './proxy.ts';
import { runReference } from './reference.ts';
import { runSequence, type SequenceResult } from './sequence.ts';
import { startFaultServer } from './server.ts';
import { makeFolder, makeVolume } from './volume.ts';

const VOLUME_MB = 1_200;

export type LaneOptions = {
  /** Slots that sequences may begin with. */
  slots: number;
  vaults?: number;
  /** Without a volume of its own, and without the fault that needs one. */
  withoutFullDisk?: boolean;
  /** Names of kinds; undefined: all. */
  only?: string[] | undefined;
};

/** A database server, an estate and an undisturbed run through it, on which sequences are played one after the other. */
export type Lane = {
  /** @param once names of kinds of which each is to strike at most once, and no other; undefined: all, any number of times */
  run: (seed: number, once?: readonly string[]) => Promise<SequenceResult>;
  kinds: string[];
  close: () => Promise<void>;
};

/** @throws NoVolume where no file system can be made to be filled */
export async function openLane({
  slots,
  vaults = 2,
  withoutFullDisk = false,
  only,
}: LaneOptions): Promise<Lane> {
  const kinds = kindsOf(withoutFullDisk, only);
  const volume = withoutFullDisk ? makeFolder() : makeVolume(VOLUME_MB);
  const closing: (() => Promise<void> | void)[] = [volume.remove];
  const close = async () => {
    for (const end of closing.splice(0).toReversed()) await end();
  };
  try {
    const server = await startFaultServer(volume);
    closing.push(server.stop);
    const proxy = await startProxy(server);
    closing.push(proxy.close);
    const simulator = await startEstate(vaults);
    closing.push(simulator.close);
    const place = { server, volume: withoutFullDisk ? undefined : volume, simulator, port: proxy.port };
    const reference = await runReference(place, proxy, slots);
    return {
      kinds: kinds.map(({ name }) => name),
      run: (seed, once) => runSequence(seed, kinds, place, proxy, reference, slots, once),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function kindsOf(withoutFullDisk: boolean, only: string[] | undefined): Kind[] {
  const all = [
    ...UPSTREAM_KINDS,
    ...DATABASE_KINDS,
    ...(withoutFullDisk ? [] : [FULL_DISK]),
    ...PROCESS_KINDS,
  ];
  return only ? all.filter(({ name }) => only.includes(name)) : all;
}
