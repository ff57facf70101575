import { VIEW_URIS } from '../apps/uris.ts';
import { defineTool, READS_ONLY } from '../registry.ts';
import { recoveryInput } from './recovery/question.ts';
import { recoveryShape } from './recovery/shape.ts';

export const getRecoveryPerformance = defineTool({
  name: 'get_recovery_performance',
  title: 'Recovery performance',
  description: [
    'Whether machines come back, how fast, and how old what comes back is: probability of being restored within the RTO (range,',
    'basis), restore time, last test, RPO per workload and location, RPO breaches hidden by green jobs; never restored first,',
    'tier 1 first. With workload: its newest safe point (clean and verified, with proof; else why not), trials, locations.',
    'what_if target: would 4 h hold, each alone and all at once; mass_restore: how long many restores at once take and what',
    'limits them. Examples: {"tier": 1, "what_if": {"kind": "target", "rto_minutes": 240}},',
    '{"what_if": {"kind": "mass_restore", "machines": 20}}.',
  ].join(' '),
  input: recoveryInput,
  output: recoveryShape,
  annotations: READS_ONLY,
  drawing: {
    viewUri: VIEW_URIS.recovery,
    load: async () => (await import('../charts/recovery.ts')).drawRecovery,
  },
  // Loaded at the first question: the server has to start fast.
  answer: async (question, context) =>
    (await import('./recovery/answer.ts')).answerRecovery(question, context),
});
