import type { AzureReading, Throttle } from '../../src/azure/reading.ts';
import type { AnyCollection, Reading } from '../../src/pipeline/worker.ts';
import type { AzureSource } from './source.ts';

/**
 * How much more Azure would have taken when it said least: a note in the record of the run. It comes last and reads nothing.
 */
export const azureThrottle: AnyCollection<AzureSource> = {
  endpoint: 'throttle',
  optional: true,
  collect: async ({ recorder }) => {
    const said = recorder.endpoints.flatMap(
      (one: Reading & Pick<AzureReading, 'throttle'>) => one.throttle ?? [],
    );
    if (said.length > 0)
      await recorder.event('throttle', {
        readsLeft: least(said, 'readsLeft'),
        providerLeft: least(said, 'providerLeft'),
        queriesLeft: least(said, 'queriesLeft'),
      });
  },
};

/** null: not said. */
function least(all: readonly Throttle[], kind: keyof Throttle): number | null {
  const known = all.flatMap((one) => one[kind] ?? []);
  return known.length > 0 ? Math.min(...known) : null;
}
