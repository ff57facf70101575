import { BACKUP_NOW, LIST_JOBS, SHOW_ITEM } from '../azure.ts';
import type { Step } from '../rule.ts';

/** Reading only, before anything is changed. */
export const LOOK: readonly Step[] = [
  {
    text: `Read code, message and recommendations of the failed job: portal > vault > Backup jobs, or ${LIST_JOBS}.`,
    minutes: 10,
  },
  { text: `State of the item and its newest restore point: ${SHOW_ITEM}.`, minutes: 5 },
];

/** How one knows that it works again. */
export const TRY = `Start a backup by hand and watch it: ${BACKUP_NOW}.`;
export const FINISHED =
  'A backup that was started by hand ended with Completed, and the next one by schedule too.';
