import { listTableComments, type TableComment } from '../../queries/table-comments.ts';
import type { ResourceContext } from '../registry-resources.ts';

/** The tables of both databases with the comments that the schema carries: what a row is, its writer and retention. */
export function describeTables(context: ResourceContext): Promise<string> {
  return context.readRisk(async (risk, metrics) => {
    const [facts, results] = [await listTableComments(metrics), await listTableComments(risk)];
    return [
      '# Data model',
      'Every row has `source_id`, first in every key. Times are with time zone, units are in the names, and null means not known, ' +
        'never 0. Facts are upserted; results are written once per run and never changed. `…_past` has earlier states of a fact.',
      '## dr365v_metrics: what was collected, and features 1 to 4',
      toList(facts),
      '## dr365v: risks and plans',
      toList(results),
    ].join('\n\n');
  });
}

const toList = (tables: TableComment[]) =>
  tables.map(({ name, comment }) => `- \`${name}\`: ${comment ?? 'no comment'}`).join('\n');
