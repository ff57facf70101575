import { isAtLeast, type Revision } from './revisions.ts';

/** The words of a text, for tables of names. */
export const words = (text: string) => text.trim().split(/\s+/);

/** Which values each revision added to `sessionType`; a filter may only name those that the server's revision knows. */
const SESSION_TYPES_BY_REVISION: Record<Revision, string> = {
  '1.2-rev1': `Infrastructure BackupJob Automation ConfigurationBackup PublishBackupContentViaMount
    RepositoryMaintenance RepositoryEvacuate InfrastructureItemDeletion RestoreVm InstantRecovery
    FirstClassDiskInstantRestore AzureApplianceDeploy QuickMigration FileLevelRestore LinuxFileLevelRestore ReplicaJob
    ConfigurationResynchronize Failover PlannedFailover PermanentFailover UndoFailover Failback CommitFailback
    UndoFailback SwitchReplicaToProduction CloudDirectorVmRestore CloudDirectorVAppRestore MalwareDetection
    FirstClassDiskQuickMigration EntraIdRestore SecurityComplianceAnalyzer FileServerSave SureBackup NasRestore
    UnstructuredDataBrowse UnstructuredDownloadMeta DeleteBackup BackgroundOperation EntraIdRescanRepository`,
  '1.3-rev0': `EntraIdRestoreFromCopy UnstructuredDataBackupCopy LogsExport TestCredentials SqlLogBackup OracleLogBackup
    PostgreSqlLogBackup AzureInstantRecovery AzureInstantRecoveryMigration AzureInstantRecoverySwitchover
    AzureInstantRecoveryStart AzureInstantRecoveryStop AzureInstantRecoveryMigrationUndo AzureInstantRecoveryMount
    PublishBackupContentViaNfs VolumesDiscover AgentDiscovery AgentPolicy AgentBackup ApplianceUpdatesInstall
    FailoverPlan FailoverPlanTask HostComponentsUpdate CopyBackup FileBackupHealthCheck ArchiveBackup
    ArchiveRehydration ArchiveSync ArchiveCopy ArchiveFreezing RetrieveBackup ArchiveTierDownload DirectBackupSync
    CheckpointRemoval Retention`,
  '1.3-rev1': `FileInstantRecovery FileInstantRecoveryMigration AgentOperationPurgeCache BackupCopyJob
    SureBackupContentScan`,
  '1.3-rev2': `IrisBackup PlatformServiceJob PlatformBackupJob PlatformSnapshotJob PlatformSnapshotCopyJob
    AgentOperationBackupNow AgentOperationActiveFull AgentManagement BackupCopyJobParent ApplicationLevelRestore
    EncryptionAnalysis VeeamUpdaterSettingsSync EndpointBackup StorageDiscovery StorageMonitoring AdForestRestore
    AgentsRecoveryAppliancesManagement RestoreRecoveryApplianceVolumes RestoreAgentVolumes EndpointRestore
    EpAgentOperationStopBackup BackupCacheSync PerVmMoveBackup PerVmCopyBackup FileBackupArchiveRetrievalProlonging
    HaSwitchover IndexCollection InstantDiskRecovery DiskRestore HaClusterEdit`,
};

/** Values of `sessionType` that a revision knows. */
export function sessionTypesOf(revision: Revision): string[] {
  return Object.entries(SESSION_TYPES_BY_REVISION).flatMap(([since, types]) =>
    isAtLeast(revision, since as Revision) ? words(types) : [],
  );
}

export const SESSION_TYPES = sessionTypesOf('1.3-rev2');

/** Sessions that say how backups, copies and replications fare (F1); the rest is housekeeping or restore. */
export const PROTECTION_SESSION_TYPES =
  words(`BackupJob ReplicaJob BackupCopyJob BackupCopyJobParent AgentBackup AgentPolicy
  EndpointBackup FileServerSave UnstructuredDataBackupCopy SqlLogBackup OracleLogBackup PostgreSqlLogBackup
  ConfigurationBackup CopyBackup ArchiveBackup ArchiveSync ArchiveCopy DirectBackupSync PlatformBackupJob
  PlatformSnapshotJob PlatformSnapshotCopyJob IrisBackup FileBackupHealthCheck Retention`);

/** Sessions that bring data back or prove that it can be (F4). */
export const RECOVERY_SESSION_TYPES =
  words(`RestoreVm InstantRecovery FirstClassDiskInstantRestore QuickMigration
  FirstClassDiskQuickMigration FileLevelRestore LinuxFileLevelRestore CloudDirectorVmRestore CloudDirectorVAppRestore
  NasRestore FileInstantRecovery FileInstantRecoveryMigration EntraIdRestore EntraIdRestoreFromCopy
  AzureInstantRecovery AzureInstantRecoveryMigration AzureInstantRecoverySwitchover AzureInstantRecoveryStart
  AzureInstantRecoveryStop AzureInstantRecoveryMigrationUndo AzureInstantRecoveryMount PublishBackupContentViaMount
  PublishBackupContentViaNfs Failover PlannedFailover PermanentFailover UndoFailover Failback CommitFailback
  UndoFailback FailoverPlan FailoverPlanTask ApplicationLevelRestore AdForestRestore RestoreAgentVolumes
  RestoreRecoveryApplianceVolumes EndpointRestore InstantDiskRecovery DiskRestore SureBackup SureBackupContentScan`);

export const SESSION_STATES = words(
  'Stopped Starting Stopping Working Pausing Resuming WaitingTape Idle Postprocessing WaitingRepository WaitingSlot ActionRequired',
);
export const RESULTS = words('None Success Warning Failed');
export const BOTTLENECKS = words(
  'NotDefined None Throttling SourceProxy SourceNetwork SourceWan TargetProxy TargetNetwork TargetWan Source Proxy Network Target TargetDisk',
);
export const JOB_TYPES =
  words(`VSphereBackup VSphereReplica CloudDirectorBackup EntraIDTenantBackup EntraIDAuditLogBackup
  FileBackupCopy Unknown HyperVBackup LegacyBackupCopy BackupCopy WindowsAgentBackup LinuxAgentBackup
  EntraIDTenantBackupCopy FileBackup ObjectStorageBackup SureBackupContentScan CloudBackupAzure CloudBackupAWS
  CloudBackupGoogle WindowsAgentBackupWorkstationPolicy LinuxAgentBackupWorkstationPolicy
  WindowsAgentBackupServerPolicy LinuxAgentBackupServerPolicy NutanixAHVBackupJob ProxmoxBackupJob IrisBackup
  WindowsAgentBackupFailoverCluster`);
/** 1.2 calls it `Backup`. */
export const JOB_TYPE_ALIASES = { Backup: 'VSphereBackup' };
export const JOB_STATUSES = words('Running Inactive Disabled Enabled Stopping Stopped Starting');
export const JOB_WORKLOADS = words('Application CloudVm File Server Workstation Vm');
export const COPY_MODES = words('Immediate Periodic');
export const PLATFORMS =
  words(`VMware HyperV CloudDirector WindowsPhysical LinuxPhysical Tape CustomPlatform EntraID
  UnstructuredData Test MongoDb AWSEC2 AzureCompute GCE Iris Nutanix Proxmox LinuxPhysicalPpc
  ApplicationBackupRepository`);
export const PLATFORM_ALIASES = { EC2: 'AWSEC2', GoogleCloud: 'GCE', Vcd: 'CloudDirector' };
export const REPOSITORY_TYPES =
  words(`WinLocal LinuxLocal Smb Nfs AzureBlob AzureDataBox AzureArchive AmazonS3
  AmazonSnowballEdge AmazonS3Glacier S3Compatible GoogleCloud IBMCloud ExtendableRepository DellDataDomain ExaGrid
  HPEStoreOnce QuantumDXi WasabiCloud LinuxHardened Infinidat Fujitsu VeeamDataCloudVault S3GlacierCompatible
  S3Integrated Cloud HPStoreOnce Foreign SanSnapshotOnly Tape AmazonS3External AzureStorageExternal
  PlatformServiceExternal GoogleCloudStorageExternal PlatformServiceVmbApi AmazonS3GlacierExternal
  GoogleArchiveStorageExternal AzureArchiveStorageExternal HPStoreOnceCloudBank VeeamVault ElevenElevenS3 AbrVirtual
  VeeamDataCloudVaultArchive VeeamDataCloudVaultAwsExternal VeeamDataCloudVaultAzureExternal`);
/** Names up to rev1 that rev2 renamed. */
export const REPOSITORY_TYPE_ALIASES = {
  DDBoost: 'DellDataDomain',
  HPStoreOnceIntegration: 'HPEStoreOnce',
  Quantum: 'QuantumDXi',
  SmartObjectS3: 'S3Integrated',
};
export const SEVERITIES = words('Clean Suspicious Infected Informative');
export const REPLICA_STATES = words(
  'Ready Processing SureBackup Failover FailedFailover PermanentFailover Failback ReadyToSwitch',
);
