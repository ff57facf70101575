import { drawRecovery } from '../../charts/recovery.ts';
import type { RecoveryAnswer } from '../../tools/recovery/shape.ts';
import { startView } from '../view/start.ts';

startView<RecoveryAnswer>({ tool: 'get_recovery_performance', draw: drawRecovery });
