import { VIEW_URIS } from '../apps/uris.ts';
import { defineTool, READS_ONLY } from '../registry.ts';
import { type CapacityQuestion, capacityInput } from './capacity/question.ts';
import { capacityShape } from './capacity/shape.ts';

export const getCapacityForecast = defineTool({
  name: 'get_capacity_forecast',
  title: 'Repository capacity',
  description: [
    'When backup repositories are full, and how sure that is: early, likely and late day for 80, 90 and 100 %, growth with',
    'range, probability of being full, how much to buy, most pressing first. With repository (scale-out repositories and',
    'extents too): why it jumped (events, growth per job), what frees itself when (ledger), how good earlier forecasts were.',
    'With what_if: new dates beside the old ones for more_space, fewer_restore_points, move_job, new_machines,',
    'extent_maintenance or lead_time.',
    'Example: {"repository": "Repo 3", "what_if": {"kind": "more_space", "add_tb": 20}}.',
    'Sizes are bytes; gb and TB are 2^30 and 2^40 bytes.',
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
