import type { Tool } from './registry.ts';
import { updateVaultConfigTool } from './tools/utility/update-vault-config.ts';
import { getVaultTool } from './tools/vault/get-vault.ts';

/** All tools, in the order in which they are listed. */
export const TOOLS: readonly Tool[] = [getVaultTool, updateVaultConfigTool];
