import * as z from 'zod';
import { loose } from '../wire/lenient.ts';
import { JOB_ACTIONS, JOB_OPERATIONS, JOB_STATES, MANAGEMENT_TYPES } from './enums.ts';
import { code, flag, number, open, resource, seconds, text, texts, time } from './wire.ts';

/** `errorCode` as text: in jobs it is a number, and not the number of the same problem elsewhere. */
const problem = z.object({ errorCode: code, errorTitle: text, errorString: text, recommendations: texts });

const task = z
  .object({
    taskId: text,
    status: text,
    duration: seconds,
    startTime: time,
    endTime: time,
    progressPercentage: number,
    taskExecutionDetails: text,
  })
  .transform(({ duration, ...rest }) => ({ ...rest, durationSeconds: duration }));

const bag = z.record(z.string(), z.unknown()).transform((values) =>
  Object.fromEntries(
    Object.entries(values)
      .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      .map(([name, value]) => [name, withoutSignature(value)]),
  ),
);

const details = z.object({
  tasksList: loose(z.array(task)),
  /** Texts for people, such as `Backup Size`. */
  propertyBag: loose(bag),
  progressPercentage: number,
  estimatedRemainingDuration: seconds,
  dynamicErrorMessage: text,
});

export const jobSchema = resource({
  /** `AzureIaaSVMJob`, `AzureWorkloadJob`, `MabJob`, `VaultJob` … */
  jobType: text,
  operation: open(JOB_OPERATIONS),
  status: open(JOB_STATES),
  startTime: time,
  /** null while running. */
  endTime: time,
  duration: seconds,
  /** The short name; neither the id of the item nor unique. */
  entityFriendlyName: text,
  backupManagementType: open(MANAGEMENT_TYPES),
  workloadType: text,
  containerName: text,
  activityId: text,
  isUserTriggered: flag,
  actionsInfo: loose(z.array(open(JOB_ACTIONS, JOB_ACTIONS))),
  errorDetails: loose(z.union([z.array(problem), problem.transform((one) => [one])])),
  /** Only of a single job. */
  extendedInfo: loose(details),
}).transform(({ duration, ...job }) => ({ ...job, durationSeconds: duration }));

/** An address with a shared access signature opens a storage account to whoever has it. */
function withoutSignature(value: string): string {
  return /[?&]sig=/i.test(value) ? value.replace(/\?.*$/s, '') : value;
}
