import { ConfigError } from '../../errors.ts';
import { AZURE_SCENARIOS } from '../azure/scenarios.ts';
import { capacityScenarios } from './capacity.ts';
import { demo } from './demo.ts';
import type { Scenario } from './draft.ts';
import { efficiencyScenarios } from './efficiency.ts';
import { estateWideOutage, neverRestored, ransomware, retentionDeletion } from './estate-wide.ts';
import { expiredCredential } from './expired-credential.ts';
import { healthy } from './healthy.ts';
import { proxyDown } from './proxy-down.ts';
import { recoveryScenarios } from './recovery.ts';
import { repositoryFull } from './repository-full.ts';
import { clockSkew, configurationNeglected, forbidden, licenceExpiring, slowPages } from './server-wide.ts';
import {
  copyAndChildren,
  degrading,
  disabledJobs,
  neverRan,
  retryStorm,
  runningOverdue,
  silentJob,
  vssOneGuest,
  weekdayPattern,
} from './single-jobs.ts';

export const SCENARIOS: Scenario[] = [
  healthy,
  demo,
  repositoryFull,
  expiredCredential,
  proxyDown,
  vssOneGuest,
  retentionDeletion,
  ransomware,
  neverRestored,
  silentJob,
  neverRan,
  forbidden,
  slowPages,
  clockSkew,
  retryStorm,
  weekdayPattern,
  degrading,
  copyAndChildren,
  disabledJobs,
  licenceExpiring,
  configurationNeglected,
  runningOverdue,
  estateWideOutage,
  ...capacityScenarios,
  ...efficiencyScenarios,
  ...recoveryScenarios,
];

/**
 * Nothing is wrong with the backup server in scenarios about Azure.
 * @throws ConfigError that names all scenarios
 */
export function findScenario(name: string): Scenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario) return scenario;
  const azure = AZURE_SCENARIOS.find((one) => one.name === name);
  if (azure) return { ...healthy, name, summary: azure.summary };
  throw new ConfigError(
    `scenario ${name.slice(0, 60)} is unknown: it has to be one of ${[...SCENARIOS, ...AZURE_SCENARIOS].map((one) => one.name).join(', ')}`,
  );
}
