import { findEfficiencyAnomalies } from '../../src/analysis/efficiency/anomalies.ts';
import { type BackupFileFact, fileKind } from '../../src/analysis/efficiency/files.ts';
import { ATTACKS, type AttackedEstate, type AttackKind, type TrueAttack } from './attack-series.ts';
import { DAY } from './backup-files.ts';

/** An alarm is raised by a file. */
export type Detector = (estate: AttackedEstate) => BackupFileFact[];

export interface Judgement {
  /** Share of the attacks told by one of their first two backups. */
  recall: number;
  /** Alarms outside an attack and the two weeks after it, per 1,000 machines and months. */
  falsePer1000: number;
  /** Of attacks told and false alarms: depends on how often machines are attacked. */
  f1: number;
  byKind: Record<AttackKind, { told: number; of: number }>;
}

const IN_TIME = 2;
const AFTERMATH_MS = 14 * DAY;
const AVERAGE_OF = 30;
const FEWEST_BEFORE = 8;

/** Suspicions, as they are opened. */
export const suspects: Detector = (estate) => anomaliesOf(estate, new Set(['ENTROPY_SUSPECT']));

/** Suspicions, and drops of the reduction that a second file confirms. */
export const confirmed: Detector = (estate) =>
  anomaliesOf(estate, new Set(['ENTROPY_SUSPECT', 'REDUCTION_DROP']));

function anomaliesOf({ files }: AttackedEstate, types: ReadonlySet<string>): BackupFileFact[] {
  const keyOf = (objectId: string | null, at: number | null) => `${objectId} ${at}`;
  const byKey = new Map(files.map((file) => [keyOf(file.objectId, file.createdAt), file]));
  return findEfficiencyAnomalies(files).anomalies.flatMap(({ type, objectId, confirmedAt }) => {
    const file = byKey.get(keyOf(objectId, confirmedAt));
    return types.has(type) && file ? [file] : [];
  });
}

/**
 * The plain rule: an increment whose file is larger than `factor` times the average of the 30 before. Of several in a row
 * the first counts as alarm.
 */
export function overAverage(factor: number): Detector {
  return ({ files }) =>
    [...Map.groupBy(files, ({ objectId }) => objectId).values()].flatMap((machine) => {
      const line = machine.filter((file) => fileKind(file) === 'INCREMENT');
      const isOver = line.map((file, i) => {
        const before = line.slice(Math.max(0, i - AVERAGE_OF), i).map(({ storedBytes }) => storedBytes ?? 0);
        const average = before.reduce((sum, size) => sum + size, 0) / before.length;
        return before.length >= FEWEST_BEFORE && (file.storedBytes ?? 0) > factor * average;
      });
      return line.filter((_, i) => isOver[i] && !isOver[i - 1]);
    });
}

/** Alarms against the truth of estates. */
export function judge(estates: readonly AttackedEstate[], detect: Detector): Judgement {
  const byKind = Object.fromEntries(ATTACKS.map((kind) => [kind, { told: 0, of: 0 }])) as Judgement['byKind'];
  let [hits, attacks, falseAlarms, objectMonths] = [0, 0, 0, 0];
  for (const estate of estates) {
    const alarms = detect(estate);
    const ids = new Set(alarms.map(({ backupFileId }) => backupFileId));
    for (const { kind, backupFileIds } of estate.attacks) {
      const isTold = backupFileIds.slice(0, IN_TIME).some((id) => ids.has(id));
      byKind[kind].of += 1;
      byKind[kind].told += Number(isTold);
      attacks += 1;
      hits += Number(isTold);
    }
    const spans = toSpans(estate);
    falseAlarms += alarms.filter((alarm) => !isTrue(alarm, spans)).length;
    objectMonths += estate.objectMonths;
  }
  const f1 = (2 * hits) / Math.max(1, hits + falseAlarms + attacks);
  return {
    recall: hits / Math.max(1, attacks),
    falsePer1000: (1000 * falseAlarms) / objectMonths,
    f1,
    byKind,
  };
}

interface Span {
  from: number;
  to: number;
}

function toSpans({ files, attacks }: AttackedEstate): Map<string, Span> {
  const at = new Map(files.map(({ backupFileId, createdAt }) => [backupFileId, createdAt]));
  const spanOf = ({ backupFileIds }: TrueAttack) => ({
    from: at.get(backupFileIds[0] ?? '') ?? 0,
    to: (at.get(backupFileIds.at(-1) ?? '') ?? 0) + AFTERMATH_MS,
  });
  return new Map(attacks.map((attack) => [attack.objectId, spanOf(attack)]));
}

function isTrue({ objectId, createdAt }: BackupFileFact, spans: ReadonlyMap<string, Span>): boolean {
  const span = spans.get(objectId ?? '');
  return span !== undefined && createdAt >= span.from && createdAt <= span.to;
}
