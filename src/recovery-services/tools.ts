import type { Tool } from './registry.ts';
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
  // Policies
  // Protection
  // Backup
  // Recovery
  // Utility
  getVaultConfigTool,
  updateVaultConfigTool,
  clearAuthCacheTool,
  trackAsyncOperationTool,
];
