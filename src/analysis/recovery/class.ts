/** What kind of attempt it was. OTHER: it brings back no machine, or only moves one. */
export type TrialClass =
  | 'FULL_VM'
  | 'DISK'
  | 'VOLUME'
  | 'INSTANT'
  | 'FLR'
  | 'SUREBACKUP'
  | 'CONTENT_SCAN'
  | 'OTHER';

/** RESTORE copies data back, INSTANT mounts the backup, VERIFICATION starts it in a lab, SCAN reads it. */
export type TrialMethod = 'RESTORE' | 'INSTANT' | 'VERIFICATION' | 'SCAN' | 'NONE';

const CLASS_OF_SESSION: Readonly<Record<string, TrialClass>> = {
  restorevm: 'FULL_VM',
  clouddirectorvmrestore: 'FULL_VM',
  clouddirectorvapprestore: 'FULL_VM',
  diskrestore: 'DISK',
  restoreagentvolumes: 'VOLUME',
  restorerecoveryappliancevolumes: 'VOLUME',
  instantrecovery: 'INSTANT',
  fileinstantrecovery: 'INSTANT',
  azureinstantrecovery: 'INSTANT',
  filelevelrestore: 'FLR',
  linuxfilelevelrestore: 'FLR',
  surebackup: 'SUREBACKUP',
  surebackupcontentscan: 'CONTENT_SCAN',
};

const METHOD_OF_CLASS: Readonly<Record<TrialClass, TrialMethod>> = {
  FULL_VM: 'RESTORE',
  DISK: 'RESTORE',
  VOLUME: 'RESTORE',
  INSTANT: 'INSTANT',
  FLR: 'NONE',
  SUREBACKUP: 'VERIFICATION',
  CONTENT_SCAN: 'SCAN',
  OTHER: 'NONE',
};

/**
 * Class of a session by its type at the source. Instant recovery of a single disk, the steps of an Azure recovery after its
 * first, migrations, failovers and restores of items are OTHER: none of them shows how long a machine takes to come back.
 * A SureBackup session of a job that is known and is no SureBackup job is an ad-hoc scan of its backups.
 */
export function classOf(sessionType: string, jobType: string | null = null): TrialClass {
  const found = CLASS_OF_SESSION[sessionType.toLowerCase()] ?? 'OTHER';
  if (found !== 'SUREBACKUP' || jobType === null) return found;
  const job = jobType.toLowerCase();
  return job.startsWith('surebackup') || job === 'unknown' ? found : 'CONTENT_SCAN';
}

export function methodOf(trialClass: TrialClass): TrialMethod {
  return METHOD_OF_CLASS[trialClass];
}
