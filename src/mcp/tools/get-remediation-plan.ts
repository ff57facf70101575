import { defineTool, READS_ONLY } from '../registry.ts';
import { planInput } from './remediation/question.ts';
import { planShape } from './remediation/shape.ts';

export const getRemediationPlan = defineTool({
  name: 'get_remediation_plan',
  title: 'Remediation plans',
  description: [
    'Plans against the risks of analyze_risks, CRITICAL first, then most risk removed per hour: likely causes with the numbers they',
    'rest on, what to look at, options with steps, prerequisites, risks, roll-back, effort and expected score after, and what',
    'has to be measured for the plan to count as verified. Give risk for one of them, limit 1 for the best.',
    'history: which plans worked (promised and measured score). Advice only: nothing is or can be executed.',
    'Example: {"risk": "SQL*", "detail": "detailed"}.',
  ].join(' '),
  input: planInput,
  output: planShape,
  annotations: READS_ONLY,
  // Loaded at the first question: the server has to start fast.
  answer: async (question, context) =>
    (await import('./remediation/answer.ts')).answerRemediation(question, context),
});
