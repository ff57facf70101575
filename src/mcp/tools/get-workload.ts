import { defineTool, READS_ONLY } from '../registry.ts';
import { workloadInput } from './workload/question.ts';
import { workloadShape } from './workload/shape.ts';

export const getWorkload = defineTool({
  name: 'get_workload',
  title: 'One machine',
  description: [
    'One machine seen whole: who protects it (source, jobs, backups, places with newest point and immutability), RPO and RTO',
    'with target and range, last test, last clean and last safe point with proof, malware events, anomalies, risk, 3-2-1-1-0,',
    'open plans. Several that fit are listed. Example: {"workload": "sql01"}.',
  ].join(' '),
  input: workloadInput,
  output: workloadShape,
  annotations: READS_ONLY,
  // Loaded at the first question: the server has to start fast.
  answer: async (question, context) =>
    (await import('./workload/answer.ts')).answerWorkload(question, context),
});
