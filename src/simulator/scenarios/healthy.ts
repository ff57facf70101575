import type { Scenario } from './draft.ts';

export const healthy: Scenario = {
  name: 'healthy',
  summary: 'an estate in good order: single nights fail, and the next one is fine again',
  inject: () => undefined,
};
