import * as z from 'zod';

/** What can be a name in an address of Azure; what cannot would be a mistake, or an attempt. */
export const nameArg = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((text) => /^[^./\\?#%\s][^/\\?#%\n]*$/.test(text), 'it has to be a name, not a path');

/** Which vault. None of them: the default one. */
export const VAULT_ARGS = {
  vault_name: nameArg(60)
    .optional()
    .describe('Alias from the configuration, or name of the vault; default: the default vault'),
  resource_group: nameArg(90).optional().describe('Resource group of the vault'),
  subscription_id: z
    .string()
    .refine(
      (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
      'it has to be the id of a subscription',
    )
    .optional(),
};
export type VaultArgs = {
  vault_name?: string | undefined;
  resource_group?: string | undefined;
  subscription_id?: string | undefined;
};

// Checked here and not in the schema that clients see, whose patterns know no letter case.
const VM_ID =
  /^\/subscriptions\/[^/.][^/]*\/resourceGroups\/[^/.][^/]*\/providers\/Microsoft\.[^/]+\/virtualMachines\/[^/.][^/]*$/i;

/** Which machine. One of name and id has to be there. */
export const VM_ARGS = {
  vm_name: nameArg(120).optional(),
  vm_resource_group: nameArg(90)
    .optional()
    .describe('Resource group of the machine; needed where two machines have one name'),
  vm_resource_id: z
    .string()
    .refine((text) => VM_ID.test(text), 'it has to be the ARM id of a virtual machine')
    .optional()
    .describe('ARM id of the machine; goes before the name'),
};
export type VmArgs = {
  vm_name?: string | undefined;
  vm_resource_group?: string | undefined;
  vm_resource_id?: string | undefined;
};

export const PAGE_ARGS = {
  limit: z.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(2000).optional().describe('next_cursor of the page before, with the same arguments'),
};

/** How long to wait for what Azure goes on with. */
export const waitArg = (usual = 0) =>
  z.number().int().min(0).max(300).default(usual).describe('Seconds to wait for the end of the operation');
