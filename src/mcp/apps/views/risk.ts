import { drawRisks } from '../../charts/risk.ts';
import type { RiskAnswer } from '../../tools/risk/shape.ts';
import { startView } from '../view/start.ts';

startView<RiskAnswer>({ tool: 'analyze_risks', draw: drawRisks });
