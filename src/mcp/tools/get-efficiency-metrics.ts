import { defineTool, READS_ONLY } from '../registry.ts';
import { efficiencyInput } from './efficiency/question.ts';
import { efficiencyShape } from './efficiency/shape.ts';

export const getEfficiencyMetrics = defineTool({
  name: 'get_efficiency_metrics',
  title: 'Storage efficiency',
  description: [
    'How much smaller backups are than their data, and what is wasted: factor and score per job against peers, trend, space to be had back',
    'with owner and caution, bytes per repository, money, and unusual backups (possible ransomware, runaway or missing data) with what speaks',
    'for and against an attack.',
    'Example: {"status": "ORPHANED"}.',
  ].join(' '),
  input: efficiencyInput,
  output: efficiencyShape,
  annotations: READS_ONLY,
  // Loaded at the first question: the server has to start fast.
  answer: async (question, context) =>
    (await import('./efficiency/answer.ts')).answerEfficiency(question, context),
});
