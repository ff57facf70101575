import * as z from 'zod';

/** Of machines as such, and of what databases may run in them. */
export const vmWorkloadType = z
  .enum(['VM', 'SQLDataBase', 'SAPHanaDatabase', 'SAPAseDatabase', 'AnyDatabase'])
  .default('VM')
  .describe('VM: the machine as a whole; else the databases in it');
export type DatabaseType = Exclude<z.output<typeof vmWorkloadType>, 'VM'>;
