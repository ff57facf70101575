import { defineTool, READS_ONLY } from '../registry.ts';
import { failureInput } from './failure/question.ts';
import { failureShape } from './failure/shape.ts';

export const explainFailure = defineTool({
  name: 'explain_failure',
  title: 'Why a job fails',
  description: [
    'Why a job or the backup of a machine fails: the last failed run with its retries, reason and where it is from, cause,',
    'since when, how often, the incident, what else failed and what ran well then on the same repository and host (evidence',
    'for and against each suspect), last good run, open plans. Example: {"job": "SQL Nightly"}.',
  ].join(' '),
  input: failureInput,
  output: failureShape,
  annotations: READS_ONLY,
  // Loaded at the first question: the server has to start fast.
  answer: async (question, context) => (await import('./failure/answer.ts')).answerFailure(question, context),
});
