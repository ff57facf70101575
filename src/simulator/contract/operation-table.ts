/**
 * Every GET of the VBR REST API that the simulator answers: path, roles (one set, or one for each of 1.3-rev0/rev1/rev2;
 * `-` needs no token), then query parameters. `@12`: only in revisions 1.3-rev1 and 1.3-rev2. `paged`: skip and limit.
 * Roles: Administrator, Security administrator, Operator, Restore operator, Tape operator, Viewer, Incident API operator.
 */
export const OPERATION_TABLE = `
/api/v1/serverInfo A
/api/v1/serverTime -
/api/v1/serverCertificate -
/api/v1/services A paged orderColumn:EServicesFiltersOrderColumn orderAsc:bool nameFilter:text
/api/v1/license A
/api/v1/license/sockets A paged orderColumn:ESocketWorkloadsFiltersOrderColumn orderAsc:bool nameFilter:text
  hostNameFilter:text hostIdFilter:uuid socketsNumberFilter:int coresNumberFilter:int
  typeFilter:ESocketLicenseObjectType
/api/v1/license/instances A paged orderColumn:EInstanceWorkloadsFiltersOrderColumn orderAsc:bool nameFilter:text
  hostNameFilter:text usedInstancesNumberFilter:number typeFilter:text instanceIdFilter:uuid
/api/v1/license/capacity A
/api/v1/securityAnalyzer/lastRun AS
/api/v1/securityAnalyzer/schedule AS
/api/v1/securityAnalyzer/bestPractices AS
/api/v1/authorization/events AS paged orderColumn:EAuthorizationEventsFiltersOrderColumn orderAsc:bool nameFilter:text
  createdAfterFilter:time createdBeforeFilter:time processedAfterFilter:time processedBeforeFilter:time
  stateFilter:EAuthorizationEventState[] createdByFilter:text processedByFilter:text expireBeforeFilter:time
  expireAfterFilter:time
/api/v1/authorization/events/{id} AS
/api/v1/configBackup A
/api/v1/malwareDetection/events AI/AIORSTV/AIORSV paged orderColumn:ESuspiciousActivityEventsFiltersOrderColumn
  orderAsc:bool typeFilter:ESuspiciousActivityType[] detectedAfterTimeUtcFilter:time detectedBeforeTimeUtcFilter:time
  backupObjectIdFilter:uuid stateFilter:ESuspiciousActivityState[] sourceFilter:ESuspiciousActivitySourceType[]
  severityFilter:ESuspiciousActivitySeverity[] createdByFilter:text engineFilter:text machineNameFilter:text
  createdAfterTimeUtcFilter:time@12 createdBeforeTimeUtcFilter:time@12
/api/v1/malwareDetection/events/{id} AI/AIORSTV/AIORSV
/api/v1/sessions AORSTV/AORSTV/AORSV paged orderColumn:ESessionsFiltersOrderColumn orderAsc:bool nameFilter:text
  createdAfterFilter:time createdBeforeFilter:time endedAfterFilter:time endedBeforeFilter:time
  typeFilter:ESessionType[] stateFilter:ESessionState resultFilter:ESessionResult[] jobIdFilter:uuid
/api/v1/sessions/{id} AORSTV/AORSTV/AORSV
/api/v1/sessions/{id}/logs AORSTV/AORSTV/AORSV statusFilter:ETaskLogRecordStatus
/api/v1/sessions/{id}/taskSessions AORTV/AORTV/AORV paged@12 orderColumn:ETaskSessionsFiltersOrderColumn@12
  orderAsc:bool@12 nameFilter:text@12 typeFilter:ETaskSessionType@12 sessionTypeFilter:ESessionType@12
  createdAfterFilter:time@12 createdBeforeFilter:time@12 endedAfterFilter:time@12 endedBeforeFilter:time@12
  stateFilter:ESessionState@12 resultFilter:ESessionResult@12 scanTypeFilter:EAntivirusScanType@12
  scanResultFilter:EAntivirusScanResult@12 scanStateFilter:EAntivirusScanState@12 sessionIdFilter:uuid@12
/api/v1/taskSessions AORTV/AORTV/AORV paged orderColumn:ETaskSessionsFiltersOrderColumn orderAsc:bool nameFilter:text
  typeFilter:ETaskSessionType sessionTypeFilter:ESessionType createdAfterFilter:time createdBeforeFilter:time
  endedAfterFilter:time endedBeforeFilter:time stateFilter:ESessionState resultFilter:ESessionResult
  scanTypeFilter:EAntivirusScanType scanResultFilter:EAntivirusScanResult scanStateFilter:EAntivirusScanState
  sessionIdFilter:uuid
/api/v1/taskSessions/{id} AORTV/AORTV/AORV
/api/v1/taskSessions/{id}/logs AORTV/AORSTV/AORSV statusFilter:ETaskLogRecordStatus
/api/v1/jobs AORTV/AORSTV/AORSV paged orderColumn:EJobFiltersOrderColumn orderAsc:bool nameFilter:text
  typeFilter:EJobType
/api/v1/jobs/states AORTV/AORSTV/AORSV paged orderColumn:EJobStatesFiltersOrderColumn orderAsc:bool idFilter:uuid
  nameFilter:text typeFilter:EJobType lastResultFilter:ESessionResult statusFilter:EJobStatus
  workloadFilter:EJobWorkload lastRunAfterFilter:time lastRunBeforeFilter:time isHighPriorityJobFilter:bool
  repositoryIdFilter:uuid objectsCountFilter:int afterJobIdFilter:uuid afterJobNameFilter:text
/api/v1/jobs/{id} AORTV/AORSTV/AORSV
/api/v1/backups AORTV/AORSTV/AORSV paged orderColumn:EBackupsFiltersOrderColumn orderAsc:bool nameFilter:text
  createdAfterFilter:time createdBeforeFilter:time platformIdFilter:uuid jobIdFilter:uuid policyTagFilter:text@01
  jobTypeFilter:EJobType policyUniqueIdFilter:text@2
/api/v1/backups/{id} AORTV/AORSTV/AORSV
/api/v1/backups/{id}/objects AORTV/AORSTV/AORSV paged@12
/api/v1/backups/{id}/backupFiles AORTV/AORTV/AORV paged orderColumn:EBackupFilesFiltersOrderColumn orderAsc:bool
  nameFilter:text createdAfterFilter:time createdBeforeFilter:time gfsPeriodFilter:EBackupFileGFSPeriod
/api/v1/backups/{id}/backupFiles/{backupFileId} AORTV/AORTV/AORV
/api/v1/backupObjects AORTV/AORSTV/AORSV paged orderColumn:EBackupObjectsFiltersOrderColumn orderAsc:bool
  nameFilter:text platformNameFilter:EPlatformType platformIdFilter:uuid typeFilter:text viTypeFilter:text
/api/v1/backupObjects/{id} AORTV/AORSTV/AORSV
/api/v1/backupObjects/{id}/restorePoints AORTV/AORTV/AORV paged@12
  orderColumn:EObjectRestorePointsFiltersOrderColumn@12 orderAsc:bool@12 createdAfterFilter:time@12
  createdBeforeFilter:time@12 nameFilter:text@12 platformNameFilter:EPlatformType@12 platformIdFilter:uuid@12
  backupIdFilter:uuid@12 backupObjectIdFilter:uuid@12 malwareStatusFilter:ESuspiciousActivitySeverity@1
  malwareStatusFilter:ESuspiciousActivitySeverity[]@2 typeFilter:ERestorePointType[]@2
  excludeSnapshotTypeFilter:int[]@2
/api/v1/restorePoints AORTV/AORTV/AORV paged orderColumn:EObjectRestorePointsFiltersOrderColumn orderAsc:bool
  createdAfterFilter:time createdBeforeFilter:time nameFilter:text platformNameFilter:EPlatformType
  platformIdFilter:uuid backupIdFilter:uuid backupObjectIdFilter:uuid
  malwareStatusFilter:ESuspiciousActivitySeverity@01 malwareStatusFilter:ESuspiciousActivitySeverity[]@2
  typeFilter:ERestorePointType[]@2 excludeSnapshotTypeFilter:int[]@2
/api/v1/restorePoints/{id} AORTV/AORTV/AORV
/api/v1/restorePoints/{id}/disks AORTV/AORTV/AORV paged@12
/api/v1/replicas AR paged orderColumn:EReplicasFiltersOrderColumn orderAsc:bool nameFilter:text
  createdAfterFilter:time createdBeforeFilter:time platformIdFilter:uuid jobIdFilter:uuid policyTagFilter:text@01
  stateFilter:text policyUniqueIdFilter:text@2
/api/v1/replicas/{id} AR
/api/v1/replicas/{id}/replicaPoints AR paged orderColumn:EReplicaRestorePointsFiltersOrderColumn orderAsc:bool
  createdAfterFilter:time createdBeforeFilter:time nameFilter:text platformNameFilter:EPlatformType
  platformIdFilter:uuid replicaIdFilter:uuid
/api/v1/replicaPoints AR paged orderColumn:EReplicaRestorePointsFiltersOrderColumn orderAsc:bool
  createdAfterFilter:time createdBeforeFilter:time nameFilter:text platformNameFilter:EPlatformType
  platformIdFilter:uuid replicaIdFilter:uuid malwareStatusFilter:ESuspiciousActivitySeverity
/api/v1/replicaPoints/{id} AR
/api/v1/restore/instantRecovery/vSphere/vm AR/AORSTV/AORSV paged
  orderColumn:EInstantViVMRecoveryMountsFiltersOrderColumn orderAsc:bool stateFilter:EInstantRecoveryMountState
  vmNameFilter:text mountIdFilter:uuid[]@12
/api/v1/restore/instantRecovery/vSphere/vm/{mountId} AR/AORSTV/AORSV
/api/v1/restore/instantRecovery/hyperV/vm AR/AORSTV/AORSV paged
  orderColumn:EInstantHvVMRecoveryMountsFiltersOrderColumn orderAsc:bool stateFilter:EInstantRecoveryMountState
  vmNameFilter:text
/api/v1/restore/instantRecovery/hyperV/vm/{mountId} AR/AORSTV/AORSV
/api/v1/restore/instantRecovery/azure/vm AR paged orderColumn:EAzureInstantVMRecoveryMountsFiltersOrderColumn
  orderAsc:bool stateFilter:EAzureInstantRecoveryMountState
/api/v1/restore/instantRecovery/azure/vm/{mountId} AR
/api/v1/restore/instantRecovery/azure/vm/{mountId}/sessions AR paged orderColumn:ESessionsFiltersOrderColumn
  orderAsc:bool createdAfterFilter:time createdBeforeFilter:time endedAfterFilter:time endedBeforeFilter:time
  typeFilter:ESessionType stateFilter:ESessionState resultFilter:ESessionResult[]
/api/v1/restore/instantRecovery/vSphere/fcd AORTV/AORTV/AORV paged
  orderColumn:EVmwareFcdInstantRecoveryMountsFiltersOrderColumn orderAsc:bool stateFilter:EInstantRecoveryMountState
/api/v1/restore/instantRecovery/vSphere/fcd/{mountId} AORTV/AORTV/AORV
/api/v1/backupBrowser/flr AR paged orderColumn:EFlrBrowseMountFiltersOrderColumn orderAsc:bool
/api/v1/backupBrowser/flr/{sessionId} AR
/api/v1/backupBrowser/flr/{sessionId}/audit AR
/api/v1/backupBrowser/flr/unstructuredData AR paged orderColumn:EUnstructuredDataFlrBrowseMountFiltersOrderColumn
  orderAsc:bool
/api/v1/backupBrowser/flr/unstructuredData/{sessionId} AR
/api/v1/backupBrowser/entraIdTenant/{sessionId}/restoreSessions AR paged@12
/api/v1/dataIntegration AR paged orderColumn:EBackupContentMountsFiltersOrderColumn orderAsc:bool
  stateFilter:EBackupContentMountState modeFilter:EBackupContentDiskPublishMode
/api/v1/dataIntegration/{mountId} AR
/api/v1/tasks AORTV/AORTV/AORV paged orderColumn:ETaskFiltersOrderColumn orderAsc:bool nameFilter:text
  createdAfterFilter:time createdBeforeFilter:time endedAfterFilter:time endedBeforeFilter:time typeFilter:ETaskType
  stateFilter:ETaskState resultFilter:ETaskResult
/api/v1/tasks/{id} AORTV/AORTV/AORV
/api/v1/agents/protectionGroups A/ART/AR paged orderColumn:EProtectionGroupFiltersOrderColumn orderAsc:bool
  nameFilter:text typeFilter:EProtectionGroupType permissionScope:EInventoryPermissionScope@2
/api/v1/agents/protectionGroups/{id} A/ART/AR permissionScope:EInventoryPermissionScope@2
/api/v1/agents/protectionGroups/{id}/discoveredEntities A/A/AR paged orderColumn:EDiscoveredEntityFiltersOrderColumn
  orderAsc:bool nameFilter:text ipAddressFilter:text stateFilter:text agentStatusFilter:text driverStatusFilter:text
  permissionScope:EInventoryPermissionScope@2
/api/v1/backupInfrastructure/managedServers AORTV/AORTV/AORV paged orderColumn:EManagedServersFiltersOrderColumn
  orderAsc:bool nameFilter:text typeFilter:EManagedServerType[] viTypeFilter:EViHostType
  serverStateFilter:EManagedServerState updatesStateFilter:EHostUpdatesState[] includeNestedHosts:bool
  skipDedupAppliances:bool@2
/api/v1/backupInfrastructure/managedServers/{id} AORTV/AORTV/AORV
/api/v1/backupInfrastructure/repositories AORTV/AORTV/AORSV paged orderColumn:ERepositoryFiltersOrderColumn
  orderAsc:bool nameFilter:text typeFilter:ERepositoryType[] hostIdFilter:uuid pathFilter:text vmbApiFilter:text
  vmbApiPlatform:uuid excludeExtents:bool
/api/v1/backupInfrastructure/repositories/{id} AORTV/AORTV/AORSV
/api/v1/backupInfrastructure/repositories/states AORTV/AORTV/AORSV paged
  orderColumn:ERepositoryStatesFiltersOrderColumn orderAsc:bool idFilter:uuid nameFilter:text
  typeFilter:ERepositoryType@01 capacityFilter:number freeSpaceFilter:number usedSpaceFilter:number
  isOnlineFilter:bool isOutOfDateFilter:bool sobrIdFilter:uuid sobrExtentTypeFilter:EScaleOutRepositoryExtentType[]
  sobrMembershipFilter:text excludeExtents:bool typeFilter:ERepositoryType[]@2
/api/v1/backupInfrastructure/scaleOutRepositories AORTV/AORTV/AORV paged
  orderColumn:EScaleOutRepositoryFiltersOrderColumn orderAsc:bool nameFilter:text
/api/v1/backupInfrastructure/scaleOutRepositories/{id} AORTV/AORTV/AORV
/api/v1/backupInfrastructure/proxies AORTV/AORTV/AORV paged orderColumn:EProxiesFiltersOrderColumn orderAsc:bool
  nameFilter:text typeFilter:EProxyType[] hostIdFilter:uuid
/api/v1/backupInfrastructure/proxies/{id} AORTV/AORTV/AORV
/api/v1/backupInfrastructure/proxies/states AORTV/AORTV/AORV paged orderColumn:EProxiesFiltersOrderColumn
  orderAsc:bool nameFilter:text typeFilter:EProxyType[] hostIdFilter:uuid isDisabledFilter:bool isOnlineFilter:bool
  isOutOfDateFilter:bool
/api/v1/backupInfrastructure/wanAccelerators ART/ART/AR paged orderColumn:EWANAcceleratorsFiltersOrderColumn
  orderAsc:bool nameFilter:text
/api/v1/backupInfrastructure/wanAccelerators/{id} ART/ART/AR
/api/v1/backupInfrastructure/mountServers A/A/AR paged orderColumn:EMountServersFiltersOrderColumn orderAsc:bool
  writeCacheFolderFilter:text typeFilter:EMountServerType isDefaultFilter:bool
/api/v1/backupInfrastructure/mountServers/{id} A/A/AR
/api/v1/security/settings /A/A
/api/v1/generalOptions/notifications /A/A
/api/v1/generalOptions/eventForwarding /A/A
/api/v1/malwareDetection/scanSessionLog/{id} /AORTV/AORV
/api/v1/restore/instantRecovery/unstructuredData /AR/AR paged
  orderColumn:EInstantUnstructuredDataRecoveryMountsFiltersOrderColumn orderAsc:bool
  stateFilter:EInstantRecoveryMountState shareNameFilter:text
/api/v1/restore/instantRecovery/unstructuredData/{mountId} /AR/AR
/api/v1/malwareDetection/backupObjects //AORSV paged orderColumn:EMalwareDetectionObjectsFiltersOrderColumn
  orderAsc:bool detectedAfterTimeUtcFilter:time detectedBeforeTimeUtcFilter:time backupObjectIdFilter:uuid
  backupObjectNameFilter:text platformFilter:text severityFilter:ESuspiciousActivitySeverity[]
/api/v1/malwareDetection/backupObjects/{id} //AORSV
/api/v1/highAvailabilityCluster //AORV
/api/v1/agents/discoveredEntities/states //AR paged orderAsc:bool nameFilter:text
/api/v1/backups/moveCopySessions //A
/api/v1/restore/applicationItems/{browseSessionId}/childSessions //AR paged orderColumn:ESessionsFiltersOrderColumn
  orderAsc:bool createdAfterFilter:time createdBeforeFilter:time endedAfterFilter:time endedBeforeFilter:time
  typeFilter:ESessionType stateFilter:ESessionState resultFilter:ESessionResult[]
`;
