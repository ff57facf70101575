import { BACKUP_ROUTES } from './backup-routes.ts';
import type { Routes } from './call.ts';
import { INFRASTRUCTURE_ROUTES } from './infrastructure-routes.ts';
import { JOB_ROUTES } from './job-routes.ts';
import { LICENCE_ROUTES } from './licence-routes.ts';
import { MOUNT_ROUTES } from './mount-routes.ts';
import { OTHER_ROUTES } from './other-routes.ts';
import { POINT_ROUTES } from './point-routes.ts';
import { REPLICA_ROUTES } from './replica-routes.ts';
import { REPOSITORY_ROUTES } from './repository-routes.ts';
import { SECURITY_ROUTES } from './security-routes.ts';
import { type CertificateFacts, serverRoutes } from './server-routes.ts';
import { SESSION_ROUTES } from './session-routes.ts';

export function allRoutes(certificate: () => CertificateFacts): Routes {
  return {
    ...serverRoutes(certificate),
    ...SESSION_ROUTES,
    ...JOB_ROUTES,
    ...REPOSITORY_ROUTES,
    ...INFRASTRUCTURE_ROUTES,
    ...SECURITY_ROUTES,
    ...LICENCE_ROUTES,
    ...BACKUP_ROUTES,
    ...POINT_ROUTES,
    ...REPLICA_ROUTES,
    ...MOUNT_ROUTES,
    ...OTHER_ROUTES,
  };
}
