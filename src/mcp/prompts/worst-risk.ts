import type { Prompt } from '../registry-prompts.ts';
import { HONESTLY, onSource, sourceArgument } from './parts.ts';

export const worstRisk: Prompt = {
  name: 'worst_risk_and_plan',
  title: 'Worst risk and its plan',
  description: 'The most urgent risk, why it is that, and a plan that can be checked.',
  arguments: [sourceArgument],
  ask: ({ source }) =>
    [
      `What is our worst backup risk, and what is the plan?${onSource(source)}`,
      '1. analyze_risks: the first of the list; then analyze_risks with item for what its score is made of.',
      '2. get_remediation_plan for that item: steps, expected effect, how success is checked, what happened so far.',
      '3. analyze_risks with what_if, if a step changes something it can weigh: the score before and after.',
      'Then write: the risk in one sentence; score with range and what it is made of; who is hit; the plan with owner, effort and',
      'order; how one sees that it worked; what stays open. Advice only: nothing here changes a backup server.',
      HONESTLY,
    ].join('\n'),
};
