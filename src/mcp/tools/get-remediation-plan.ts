import { defineTool, READS_ONLY } from '../registry.ts';
import { planInput } from './remediation/question.ts';
import { planShape } from './remediation/shape.ts';

export const getRemediationPlan = defineTool({
  name: 'get_remediation_plan',
  title: 'Remediation plans',
  description: [
    'Plans against the risks of analyze_risks, CRITICAL first, then most risk removed per hour: likely causes with their numbers, options with',
    'steps, prerequisites, roll-back, effort, expected score after, and what has to be measured to count as verified. Advice: nothing is executed.',
    'Example: {"risk": "SQL*", "detail": "detailed"}.',
  ].join(' '),
  input: planInput,
  output: planShape,
  annotations: READS_ONLY,
  // Loaded at the first question: the server has to start fast.
  answer: async (question, context) =>
    (await import('./remediation/answer.ts')).answerRemediation(question, context),
});
