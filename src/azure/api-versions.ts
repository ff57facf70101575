/**
 * The version that each operation is asked in. Recovery Services is pinned to one version throughout: its contract does
 * not move under us. Links that an answer gives carry their own, and are followed as they are.
 */
export const API_VERSIONS = {
  vaults: '2023-04-01',
  usages: '2023-04-01',
  vaultConfig: '2023-04-01',
  storageConfig: '2023-04-01',
  resourceGuardProxies: '2023-04-01',
  policies: '2023-04-01',
  protectedItems: '2023-04-01',
  protectableItems: '2023-04-01',
  containers: '2023-04-01',
  jobs: '2023-04-01',
  recoveryPoints: '2023-04-01',
  backupStatus: '2023-04-01',
  operations: '2023-04-01',
  virtualMachines: '2024-03-01',
  resourceGraph: '2024-04-01',
} as const;
