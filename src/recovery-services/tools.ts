import type { Tool } from './registry.ts';
import { cancelJobTool } from './tools/backup/cancel-job.ts';
import { getJobDetailsTool } from './tools/backup/get-job-details.ts';
import { listBackupJobsTool } from './tools/backup/list-backup-jobs.ts';
import { triggerBackupTool } from './tools/backup/trigger-backup.ts';
import { createPolicyTool } from './tools/policy/create-policy.ts';
import { getPolicyDetailsTool } from './tools/policy/get-policy-details.ts';
import { listPoliciesTool } from './tools/policy/list-policies.ts';
import { disableProtectionTool } from './tools/protection/disable-protection.ts';
import { enableProtectionTool } from './tools/protection/enable-protection.ts';
import { listProtectableItemsTool } from './tools/protection/list-protectable-items.ts';
import { listProtectedItemsTool } from './tools/protection/list-protected-items.ts';
import { refreshContainersTool } from './tools/protection/refresh-containers.ts';
import { getRecoveryPointTool } from './tools/recovery/get-recovery-point.ts';
import { listRecoveryPointsTool } from './tools/recovery/list-recovery-points.ts';
import { restoreFilesTool } from './tools/recovery/restore-files.ts';
import { restoreVmTool } from './tools/recovery/restore-vm.ts';
import { checkRegistrationStatusTool } from './tools/registration/check-registration-status.ts';
import { registerVmTool } from './tools/registration/register-vm.ts';
import { reregisterVmTool } from './tools/registration/reregister-vm.ts';
import { unregisterVmTool } from './tools/registration/unregister-vm.ts';
import { clearAuthCacheTool } from './tools/utility/clear-auth-cache.ts';
import { getVaultConfigTool } from './tools/utility/get-vault-config.ts';
import { trackAsyncOperationTool } from './tools/utility/track-async-operation.ts';
import { updateVaultConfigTool } from './tools/utility/update-vault-config.ts';
import { getVaultTool } from './tools/vault/get-vault.ts';
import { listVaultsTool } from './tools/vault/list-vaults.ts';
import { testConnectionTool } from './tools/vault/test-connection.ts';

/** All tools, in the order in which they are listed. */
export const TOOLS: readonly Tool[] = [
  // Vaults
  listVaultsTool,
  getVaultTool,
  testConnectionTool,
  // Registration of machines
  registerVmTool,
  reregisterVmTool,
  unregisterVmTool,
  checkRegistrationStatusTool,
  // Policies
  createPolicyTool,
  listPoliciesTool,
  getPolicyDetailsTool,
  // Protection
  listProtectableItemsTool,
  enableProtectionTool,
  disableProtectionTool,
  listProtectedItemsTool,
  refreshContainersTool,
  // Backup
  triggerBackupTool,
  listBackupJobsTool,
  getJobDetailsTool,
  cancelJobTool,
  // Recovery
  listRecoveryPointsTool,
  getRecoveryPointTool,
  restoreVmTool,
  restoreFilesTool,
  // Utility
  getVaultConfigTool,
  updateVaultConfigTool,
  clearAuthCacheTool,
  trackAsyncOperationTool,
];
