/** Whether a source is a vault of Azure Backup, as its id says. */
export const isVault = (sourceId: string): boolean => sourceId.startsWith('azure:');
