import type { AnomalyRow } from '../../../queries/efficiency-lists.ts';
import { isoSeconds, round } from '../../markdown.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import { sizeText, wholeBytes } from '../capacity/sizes.ts';
import type { AnomalyAnswer } from './shape.ts';

/** What each type means, in our words. */
export const MEANINGS: Record<string, string> = {
  ENTROPY_SUSPECT:
    'much of what changed does not shrink, beyond the usual change: encrypted data, or new films, archives, or encryption that somebody switched on',
  REDUCTION_DROP:
    'shrinks far less than usual: other data, compression or encryption in the guest, or other settings',
  VOLUME_SURGE: 'far more changed than usual: a bulk import, defragmentation, a restore, or an attack',
  VOLUME_COLLAPSE: 'far less than usual: something may no longer be backed up',
  FLEET_SURGE: 'many machines changed more on one night at their usual reduction, as on a patch day',
  UNIT_MISMATCH: 'percentages that contradict sizes: one of them is in another unit than believed, or wrong',
};

/** An attack that is over leaves normal backups behind. */
export const RESOLVED_MEANS =
  'resolved: two normal backups followed, or it became the usual; an attack that is over looks the same';

/** From here on data that shrink are not all encrypted. */
const STILL_SHRINKS = 1.5;
const FLAG_AT = 3.5;
const MOST_NAMES = 5;

/** An anomaly as a row; `eventsAreRead`: whether the events of malware detection have been read to their end. */
export function toAnomalyRow(
  anomaly: AnomalyRow,
  { isDetailed, eventsAreRead }: { isDetailed: boolean; eventsAreRead: boolean },
): AnomalyAnswer {
  const row = {
    source_id: anomaly.sourceId,
    anomaly_id: cleanText(anomaly.anomalyId, 120),
    type: anomaly.type,
    open: anomaly.resolvedAt === null,
    job_id: anomaly.ownerId === '' ? null : cleanText(anomaly.ownerId, 100),
    job_name: cleanOrNull(anomaly.jobName || null),
    workload_names: anomaly.workloadNames
      .slice(0, isDetailed ? 50 : MOST_NAMES)
      .map((name) => cleanText(name, 120)),
    workloads: anomaly.workloadIds.length,
    happened_at: isoSeconds(anomaly.happenedAt),
    confirmed_at: isoSeconds(anomaly.confirmedAt),
    resolved_at: isoSeconds(anomaly.resolvedAt),
    score: round(anomaly.score, 2),
    factor: round(anomaly.factor, 3),
    usual_factor: round(anomaly.usualFactor, 3),
    data_bytes: anomaly.dataBytes,
    usual_bytes: wholeBytes(anomaly.usualBytes),
    display: displayOf(anomaly),
    malware_status: cleanOrNull(anomaly.malwareStatus, 40),
    malware_events: anomaly.malwareEventIds.length,
    speaks_for_ransomware: forRansomware(anomaly),
    speaks_against_ransomware: againstRansomware(anomaly, eventsAreRead),
  };
  if (!isDetailed) return row;
  return {
    ...row,
    kind: anomaly.kind,
    z_ratio: round(anomaly.zRatio, 2),
    z_volume: round(anomaly.zVolume, 2),
    backup_id: cleanOrNull(anomaly.backupId, 100),
    backup_file_id: cleanOrNull(anomaly.backupFileId, 100),
    workload_ids: anomaly.workloadIds.slice(0, 50).map((id) => cleanText(id, 120)),
    malware_event_ids: anomaly.malwareEventIds.slice(0, 20).map((id) => cleanText(id, 100)),
    reasons: anomaly.reasons.slice(0, 10).map((reason) => cleanText(reason, 200)),
  };
}

function displayOf({ dataBytes, usualBytes, factor, usualFactor }: AnomalyRow): string {
  const parts = [
    dataBytes === null
      ? ''
      : sizeText(dataBytes) + (usualBytes === null ? '' : ` of data, usually ${sizeText(usualBytes)}`),
    factor === null
      ? ''
      : `factor ${round(factor, 2)}${usualFactor === null ? '' : `, usually ${round(usualFactor, 2)}`}`,
  ];
  return parts.filter(Boolean).join('; ') || 'not about one file';
}

const isBad = (status: string | null) => status === 'Infected' || status === 'Suspicious';

function forRansomware({ type, malwareStatus, malwareEventIds, zRatio, zVolume }: AnomalyRow): string[] {
  const isSuspect = type === 'ENTROPY_SUSPECT';
  return [
    ...(isSuspect ? ['much of what changed does not shrink'] : []),
    ...(type === 'REDUCTION_DROP' ? ['its data shrink less'] : []),
    ...(type === 'VOLUME_SURGE' ? ['much was rewritten at once'] : []),
    ...(isSuspect && (zRatio ?? 0) <= -FLAG_AT && (zVolume ?? 0) >= FLAG_AT
      ? ['both reduction and volume are far outside its range']
      : []),
    ...(isBad(malwareStatus) ? [`malware status ${malwareStatus}`] : []),
    ...(malwareEventIds.length > 0
      ? [`${malwareEventIds.length} malware events of it around that time`]
      : []),
  ];
}

/** What is not known speaks neither for nor against. */
function againstRansomware(anomaly: AnomalyRow, eventsAreRead: boolean): string[] {
  const { type, zRatio, zVolume, factor, malwareStatus, malwareEventIds, workloadIds } = anomaly;
  const isVolume = type === 'VOLUME_SURGE' || type === 'FLEET_SURGE';
  const isReduction = type === 'ENTROPY_SUSPECT' || type === 'REDUCTION_DROP';
  return [
    ...(type === 'FLEET_SURGE' || (isVolume && zRatio !== null && zRatio > -FLAG_AT)
      ? ['its reduction is as usual; encrypted data would not shrink']
      : []),
    ...(type === 'REDUCTION_DROP' && zVolume !== null && zVolume < FLAG_AT
      ? ['about as much data as usual']
      : []),
    ...(isReduction && factor !== null && factor >= STILL_SHRINKS ? ['what changed still shrinks'] : []),
    ...(type === 'VOLUME_COLLAPSE' ? ['less changed, not more'] : []),
    ...(type === 'UNIT_MISMATCH' ? ['it is about how sizes are told'] : []),
    ...(malwareStatus === 'Clean' ? ['malware status Clean'] : []),
    ...(eventsAreRead && malwareEventIds.length === 0 && workloadIds.length > 0 && type !== 'FLEET_SURGE'
      ? ['no malware event of it around that time']
      : []),
  ];
}
