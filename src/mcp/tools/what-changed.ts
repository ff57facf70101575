import { defineTool, READS_ONLY } from '../registry.ts';
import { changesInput } from './changes/question.ts';
import { changesShape } from './changes/shape.ts';

export const whatChanged = defineTool({
  name: 'what_changed',
  title: 'What changed',
  description: [
    'What is other than it was, between two moments: scores, repositories, configuration (jobs made, disabled, deleted, schedule,',
    'retention, target), findings, risks and plans: new, worse, better, resolved, with why. What a gap in the collecting only hides is',
    'NOT_MEASURED, never better. Example: {"since": "last friday"}.',
  ].join(' '),
  input: changesInput,
  output: changesShape,
  annotations: READS_ONLY,
  // Loaded at the first question: the server has to start fast.
  answer: async (question, context) => (await import('./changes/answer.ts')).answerChanged(question, context),
});
