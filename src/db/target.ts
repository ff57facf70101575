import type pg from 'pg';
import type { DatabaseKind } from '../../db/migrate.ts';
import type { Login } from '../config/config.ts';
import type { Credentials } from './credentials.ts';

/** A server to set up or to open: where it is, and everybody's login. */
export type Target = {
  host: string;
  port: number;
  tls: pg.ClientConfig['ssl'];
  /** Who makes roles and databases. */
  admin: Login;
  logins: Credentials;
  names: Record<DatabaseKind, string>;
  isExternal: boolean;
};
