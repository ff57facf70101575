import { ConfigError } from '../../errors.ts';
import type { Scenario } from './draft.ts';
import { healthy } from './healthy.ts';

export const SCENARIOS: Scenario[] = [healthy];

/** @throws ConfigError that names all scenarios */
export function findScenario(name: string): Scenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario) return scenario;
  throw new ConfigError(
    `scenario ${name.slice(0, 60)} is unknown: it has to be one of ${SCENARIOS.map((one) => one.name).join(', ')}`,
  );
}
