import { defineTool, READS_ONLY } from '../registry.ts';
import { efficiencyInput } from './efficiency/question.ts';
import { efficiencyShape } from './efficiency/shape.ts';

export const getEfficiencyMetrics = defineTool({
  name: 'get_efficiency_metrics',
  title: 'Storage efficiency',
  description: [
    'How much smaller backups are than their data, and what is wasted: factor and score per job against its peers, trend,',
    'which jobs waste most (bytes and money), space that could be had back (orphaned, disabled, double, kept too long) with',
    'owner, reason and caution, bytes per repository, and unusual backups (possible ransomware, runaway or missing data) with',
    'what speaks for and against an attack. changes: what is other than so many days ago.',
    'Example: {"status": "ORPHANED"} or {"changes": "30d"}. TB is 2^40 bytes.',
  ].join(' '),
  input: efficiencyInput,
  output: efficiencyShape,
  annotations: READS_ONLY,
  // Loaded at the first question: the server has to start fast.
  answer: async (question, context) =>
    (await import('./efficiency/answer.ts')).answerEfficiency(question, context),
});
