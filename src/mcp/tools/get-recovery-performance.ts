import { VIEW_URIS } from '../apps/uris.ts';
import { defineTool, READS_ONLY } from '../registry.ts';
import { recoveryInput } from './recovery/question.ts';
import { recoveryShape } from './recovery/shape.ts';

export const getRecoveryPerformance = defineTool({
  name: 'get_recovery_performance',
  title: 'Recovery performance',
  description: [
    'Whether machines come back, how fast, how old what comes back is, and what proved it: probability of a restore within the RTO, last test,',
    'RPO per workload and location, breaches hidden by green jobs; never restored and tier 1 first. workload: its newest safe point (clean and',
    'verified), trials. what_if target: would it hold; mass_restore: many at once.',
    'Example: {"tier": 1, "what_if": {"kind": "target", "rto_minutes": 240}}.',
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
