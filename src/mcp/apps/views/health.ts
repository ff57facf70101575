import { drawHealth } from '../../charts/health.ts';
import type { HealthAnswer } from '../../tools/health/shape.ts';
import { startView } from '../view/start.ts';

startView<HealthAnswer>({
  tool: 'get_health_status',
  draw: drawHealth,
  more: ({ job, per_source, history, overall_health, as_of }, { source }) =>
    !job && !per_source && !history && overall_health
      ? { ...(typeof source === 'string' ? { source } : {}), history: '30d', limit: 1, as_of }
      : undefined,
});
