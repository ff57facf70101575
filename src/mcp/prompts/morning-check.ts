import type { Prompt } from '../registry-prompts.ts';
import { HONESTLY, onSource, sourceArgument } from './parts.ts';
import { completeWord } from './suggest-names.ts';

export const morningCheck: Prompt = {
  name: 'morning_check',
  title: 'Morning check',
  description: 'What happened to the backups since yesterday, and what needs somebody today.',
  arguments: [
    sourceArgument,
    {
      name: 'since',
      description: 'From when on: 24h (default), last friday, 2026-10-01',
      required: false,
      complete: completeWord(['24h', '3d', '7d', 'yesterday', 'last friday']),
    },
  ],
  ask: ({ source, since = '24h' }) =>
    [
      `Do the morning check of our backups for the time since ${since}.${onSource(source)}`,
      '1. get_health_status: score with range, failing and late jobs, findings; malware first.',
      `2. what_changed with since ${JSON.stringify(since)}: scores, risks, capacity, coverage, configuration.`,
      '3. get_capacity_forecast with status URGENT: what fills up.',
      '4. get_recovery_performance with status RPO_BREACHED: machines whose newest restore point is too old.',
      'Then write: one line of verdict; at most five things to do today, each with its reason, who is hit and the next step;',
      'what is new since then; what can wait.',
      HONESTLY,
    ].join('\n'),
};
