import { defineTool, READS_ONLY } from '../registry.ts';
import { freshnessInput } from './data-freshness/question.ts';
import { freshnessShape } from './data-freshness/shape.ts';

export const getDataFreshness = defineTool({
  name: 'get_data_freshness',
  title: 'Data freshness',
  description: [
    'How old and complete the collected data is, per source (backup server or Azure vault) and worker, worst first: age and limit,',
    'last error, endpoints forbidden or failed and since when, run under way, next run (estimate).',
    'Not for the state of backups: get_health_status. Example: {"status": "PROBLEM"}.',
  ].join(' '),
  input: freshnessInput,
  output: freshnessShape,
  annotations: READS_ONLY,
  // Loaded at the first question: the server has to start fast.
  answer: async (question, context) =>
    (await import('./data-freshness/answer.ts')).answerFreshness(question, context),
});
