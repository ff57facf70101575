import type { Scenario } from './draft.ts';
import {
  recoveryCopies,
  recoveryImmutable,
  recoveryInfectedNewest,
  recoveryOddRows,
  recoveryReplicas,
  recoveryRpoHidden,
} from './recovery-points.ts';
import {
  recoveryFailedRestores,
  recoveryFailingSureBackup,
  recoveryHealthy,
  recoveryInstantMount,
  recoveryMisleadingNames,
  recoverySlowLarge,
  recoveryUntestedTier1,
  recoveryWithoutPointIds,
} from './recovery-trials.ts';

/** What goes wrong with bringing things back, one matter each. */
export const recoveryScenarios: Scenario[] = [
  recoveryHealthy,
  recoveryUntestedTier1,
  recoveryFailingSureBackup,
  recoverySlowLarge,
  recoveryRpoHidden,
  recoveryFailedRestores,
  recoveryInstantMount,
  recoveryCopies,
  recoveryInfectedNewest,
  recoveryImmutable,
  recoveryReplicas,
  recoveryMisleadingNames,
  recoveryWithoutPointIds,
  recoveryOddRows,
];
