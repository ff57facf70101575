import { VIEW_URIS } from '../apps/uris.ts';
import { defineTool, READS_ONLY } from '../registry.ts';
import { type CapacityQuestion, capacityInput } from './capacity/question.ts';
import { capacityShape } from './capacity/shape.ts';

export const getCapacityForecast = defineTool({
  name: 'get_capacity_forecast',
  title: 'Repository capacity',
  description: [
    'When repositories are full and how sure that is: early, likely, late day for 80, 90, 100 %, growth with range, how much to buy;',
    'most pressing first. repository: also why it jumped (events), who fills it (attribution), what frees itself (ledger), how good earlier',
    'forecasts were. what_if: new dates beside the old ones. Bytes; gb, TB: 2^30, 2^40.',
    'Example: {"repository": "Repo 3", "what_if": {"kind": "more_space", "add_tb": 20}}.',
  ].join(' '),
  input: capacityInput,
  output: capacityShape,
  annotations: READS_ONLY,
  drawing: {
    viewUri: VIEW_URIS.capacity,
    load: async () => (await import('../charts/capacity.ts')).drawCapacity,
  },
  // Loaded at the first question: the server has to start fast.
  answer: async (question, context) =>
    (await import('./capacity/answer.ts')).answerCapacity(withPast(question), context),
});

/** A picture of one repository begins before today. */
function withPast(question: CapacityQuestion): CapacityQuestion {
  const { chart, repository, what_if, history } = question;
  const needsPast = chart && repository !== undefined && !what_if && history === undefined;
  return needsPast ? { ...question, history: '90d' } : question;
}
