/** What the health rules need to know beside jobs. Null is "not known" and gives no finding. Times are epoch milliseconds. */
export interface InfrastructureFacts {
  server: ServerFacts;
  proxies: readonly ProxyFacts[];
  managedServers: readonly ManagedServerFacts[];
  license: LicenseFacts | null;
  /** Null: not read (no right, or failed), which is not the same as never run. */
  analyzer: AnalyzerFacts | null;
  malwareEvents: readonly MalwareEventFacts[];
  authorizationEvents: readonly AuthorizationEventFacts[];
  configBackup: ConfigBackupFacts | null;
  /** Endpoints that a worker wanted and that the source refused with 403. */
  forbiddenEndpoints: readonly ForbiddenEndpointFacts[];
}

interface ServerFacts {
  id: string;
  name: string;
  /** Clock of the source minus ours, milliseconds. */
  clockSkewMs: number | null;
  certificateValidTo: number | null;
}

interface ProxyFacts {
  id: string;
  name: string;
  type: string;
  isDisabled: boolean | null;
  isOnline: boolean | null;
  hostId?: string | null;
  hostName?: string | null;
}

interface ManagedServerFacts {
  id: string;
  name: string;
  type: string;
  status: string | null;
}

export interface LicenseFacts {
  id?: string;
  name?: string;
  status: string | null;
  type?: string | null;
  edition?: string | null;
  expiresAt: number | null;
  supportExpiresAt?: number | null;
  licensedInstances?: number | null;
  usedInstances?: number | null;
  licensedSockets?: number | null;
  usedSockets?: number | null;
  licensedCapacityTb?: number | null;
  usedCapacityTb?: number | null;
}

interface AnalyzerFacts {
  /** False: the source says that there was no last run; null: it was not asked. */
  hasRun: boolean | null;
  practices: readonly { id: string; name: string; status: string; note?: string | null }[];
}

export interface MalwareEventFacts {
  id: string;
  type: string | null;
  state: string | null;
  severity: string | null;
  detectedAt: number | null;
  machineId: string | null;
  machineName: string | null;
  details?: string | null;
}

export interface AuthorizationEventFacts {
  id: string;
  name: string;
  state: string | null;
  createdAt: number | null;
  processedAt?: number | null;
  expiresAt?: number | null;
  createdBy?: string | null;
}

interface ConfigBackupFacts {
  isEnabled: boolean | null;
  isEncrypted: boolean | null;
  lastSuccessAt: number | null;
}

interface ForbiddenEndpointFacts {
  endpoint: string;
  since?: number | null;
}
