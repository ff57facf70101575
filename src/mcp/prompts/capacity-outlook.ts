import type { Prompt } from '../registry-prompts.ts';
import { HONESTLY, onSource, quoted, sourceArgument } from './parts.ts';
import { completeName } from './suggest-names.ts';

export const capacityOutlook: Prompt = {
  name: 'capacity_outlook',
  title: 'Capacity outlook',
  description: 'When repositories are full, how sure that is, and what would help.',
  arguments: [
    {
      name: 'repository',
      description: 'One repository or scale-out repository; the most pressing if left out',
      required: false,
      complete: completeName('repository'),
    },
    sourceArgument,
  ],
  ask: ({ repository, source }) =>
    [
      repository === undefined
        ? `Which of our repositories fill up first, and what do we do?${onSource(source)}`
        : `When is the repository ${quoted(repository)} full, and what do we do?${onSource(source)}`,
      repository === undefined
        ? '1. get_capacity_forecast; then the same with repository for each that is URGENT or HIGH, three at most.'
        : '1. get_capacity_forecast with repository: dates, what made it jump, who fills it, what frees itself, earlier forecasts.',
      '2. get_capacity_forecast with what_if for two remedies that fit: more_space, fewer_restore_points, move_job or lead_time.',
      '3. get_efficiency_metrics with repository: what could be had back without buying.',
      'Then write: early, likely and late day of 80 and 100 %, and how good earlier forecasts were; what drives the growth;',
      'the remedies side by side in days gained; the last day to order.',
      HONESTLY,
    ].join('\n'),
};
