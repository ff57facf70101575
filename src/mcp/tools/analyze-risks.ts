import { VIEW_URIS } from '../apps/uris.ts';
import { defineTool, READS_ONLY } from '../registry.ts';
import { riskInput } from './risk/question.ts';
import { riskShape } from './risk/shape.ts';

export const analyzeRisks = defineTool({
  name: 'analyze_risks',
  title: 'Backup risks',
  description: [
    'What may go wrong with backups and restores within 30 days, most urgent first: per workload, job, repository, incident and',
    'estate a score with range, summed over four hazards (gap: no usable point inside the RPO; capacity; integrity: malware, damage;',
    'recover: a restore fails or misses the RTO), times the tier. item: why, and what its points rest on. what_if: scores after changes',
    'made together. include compliance: 3-2-1-1-0, RPO, RTO with proof.',
    'Example: {"scope": "WORKLOAD", "tier": 1, "flag": "NOT_TESTED"}.',
  ].join(' '),
  input: riskInput,
  output: riskShape,
  annotations: READS_ONLY,
  drawing: {
    viewUri: VIEW_URIS.risk,
    load: async () => (await import('../charts/risk.ts')).drawRisks,
  },
  // Loaded at the first question: the server has to start fast.
  answer: async (question, context) => (await import('./risk/answer.ts')).answerRisks(question, context),
});
