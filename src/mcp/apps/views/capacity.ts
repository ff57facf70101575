import { drawCapacity } from '../../charts/capacity.ts';
import type { CapacityAnswer } from '../../tools/capacity/shape.ts';
import { startView } from '../view/start.ts';

startView<CapacityAnswer>({
  tool: 'get_capacity_forecast',
  draw: drawCapacity,
  more: ({ repository, history, as_of }, args) =>
    repository && !history && !args.what_if && !args.cursor
      ? {
          repository: repository.repository_id,
          source: repository.source_id,
          include: [],
          history: '90d',
          as_of,
        }
      : undefined,
});
