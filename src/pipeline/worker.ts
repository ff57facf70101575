import type { Transaction } from 'kysely';
import type { Metrics, MetricsDB } from '../db/connect.ts';
import type { Log } from '../log.ts';
import type { Reading } from '../reading.ts';
import type { RunRecorder } from './runs.ts';

export type { Reading };

/** `mounts` is no worker of its own: it watches for `rto` what can only be seen while it happens. */
export type WorkerName = 'health' | 'capacity' | 'efficiency' | 'rto' | 'mounts' | 'risk' | 'remediation';

/** What one run knows. `Source` is the client of the upstream server. */
export type RunContext<Source> = {
  sourceId: string;
  runId: string;
  source: Source;
  db: Metrics;
  /** When we learn what this run reads: our clock, one value for the whole run. */
  seenAt: Date;
  /** Now, by the clock of the source. */
  sourceNow: Date;
  recorder: RunRecorder;
  log: Log;
  /** Told what the run is doing, in words for a person who watches. */
  progress: (text: string) => void;
};

/** Some rows of one endpoint and, once they are stored, how far the endpoint has been read (clock of the source). */
export type Batch<Row> = { rows: Row[]; readUntil?: Date | undefined };

/**
 * One endpoint of a worker. `extract` reads, `transform` is pure, `load` writes; a batch commits together with its
 * watermark. `finish` runs once after the last batch if the endpoint was read completely (say, to mark what vanished).
 */
export type Collection<Source, Item, Row> = {
  endpoint: string;
  /** Without it a run that cannot read this endpoint fails; with it the run concludes without, and says so. */
  optional: boolean;
  extract: (
    context: RunContext<Source>,
    since: Date | undefined,
    reading: Reading,
  ) => AsyncIterable<Batch<Item>>;
  transform: (items: Item[], context: RunContext<Source>) => Row[];
  load: (trx: Transaction<MetricsDB>, rows: Row[], context: RunContext<Source>) => Promise<number>;
  prepare?: (rows: Row[], context: RunContext<Source>) => Promise<void>;
  finish?: (trx: Transaction<MetricsDB>, context: RunContext<Source>) => Promise<void>;
};

/** A collection whose items and rows only it knows. */
export type AnyCollection<Source> = {
  endpoint: string;
  optional: boolean;
  collect: (context: RunContext<Source>) => Promise<void>;
};

export type Worker<Source> = {
  name: WorkerName;
  /** In order: what later ones need is stored by earlier ones. */
  collections: AnyCollection<Source>[];
  /** Reads the tables and writes results, in the transaction that finishes the run. */
  conclude: (trx: Transaction<MetricsDB>, context: RunContext<Source>) => Promise<void>;
};
