import { VIEW_URIS } from '../apps/uris.ts';
import { defineTool, READS_ONLY } from '../registry.ts';
import { type HealthQuestion, healthInput } from './health/question.ts';
import { healthShape } from './health/shape.ts';

export const getHealthStatus = defineTool({
  name: 'get_health_status',
  title: 'Backup health',
  description: [
    'Health of all backup jobs, or of one: score with range, what is wrong (failing, late, never run, silent, degrading jobs;',
    'incidents with a suspected common cause; offline proxies, malware, licence, configuration backup), the worst jobs with',
    'the reason and since when, and the age of the last usable backup.',
    'Use this when somebody asks whether backups are fine, which jobs fail and why, or what changed since a day (as_of).',
    'With job: its runs (retries folded in), reliability, trend and schedule.',
    'Example: {"job": "SQL*", "history": "30d"}. Times are UTC, rates 0 to 1, ages in hours.',
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
