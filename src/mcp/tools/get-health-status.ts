import { VIEW_URIS } from '../apps/uris.ts';
import { defineTool, READS_ONLY } from '../registry.ts';
import { type HealthQuestion, healthInput } from './health/question.ts';
import { healthShape } from './health/shape.ts';

export const getHealthStatus = defineTool({
  name: 'get_health_status',
  title: 'Backup health',
  description: [
    'Are backups fine: score with range, failing, late, silent, degrading jobs with reason and since when, incidents with a suspected common',
    'cause, proxies, malware, licence, configuration backup. job: its runs, reliability, trend, schedule; why it failed: explain_failure.',
    'Example: {"job": "SQL*", "history": "30d"}.',
  ].join(' '),
  input: healthInput,
  output: healthShape,
  annotations: READS_ONLY,
  drawing: {
    viewUri: VIEW_URIS.health,
    load: async () => (await import('../charts/health.ts')).drawHealth,
  },
  // Loaded at the first question: the server has to start fast.
  answer: async (question, context) =>
    (await import('./health/answer.ts')).answerHealth(withPast(question), context),
});

/** A picture of the estate is one of its days. */
function withPast(question: HealthQuestion): HealthQuestion {
  const { chart, job, history } = question;
  return chart && job === undefined && history === undefined ? { ...question, history: '30d' } : question;
}
