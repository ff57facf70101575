import { defineTool, READS_ONLY } from '../registry.ts';
import { findInput, findShape } from './find/shape.ts';

export const find = defineTool({
  name: 'find',
  title: 'Find by name',
  description: [
    'What has a text in its name or this id: machines, jobs, repositories, scale-out repositories, vaults, proxies, hosts,',
    'with state, source, and the tool to ask next. Letter case and accents do not matter; nothing is guessed.',
    'Example: {"name": "exch"}.',
  ].join(' '),
  input: findInput,
  output: findShape,
  annotations: READS_ONLY,
  // Loaded at the first question: the server has to start fast.
  answer: async (question, context) => (await import('./find/answer.ts')).answerFind(question, context),
});
