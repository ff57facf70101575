/** A setting of the MCP server that a person fills in where it is installed: in a form of the client, or for the registry. */
export type Setting = {
  /** Name of the field in the form. */
  field: string;
  /** The environment variable that carries it. */
  variable: string;
  title: string;
  description: string;
  type: 'string' | 'number' | 'file';
  /** undefined: it has to be filled in. Every other field has one, because clients hand on blank fields as placeholders. */
  fallback?: string | number;
  isSecret?: boolean;
  min?: number;
  max?: number;
};

/** What the server needs to reach the databases as the read-only role, and nothing else. */
export const SETTINGS: readonly Setting[] = [
  {
    field: 'db_host',
    variable: 'DB_HOST',
    title: 'Database host',
    description: 'Host name or IP address of the PostgreSQL server that the dr365 workers write to.',
    type: 'string',
    fallback: 'localhost',
  },
  {
    field: 'db_port',
    variable: 'DB_PORT',
    title: 'Database port',
    description: 'Port of the PostgreSQL server.',
    type: 'number',
    fallback: 5432,
    min: 1,
    max: 65535,
  },
  {
    field: 'db_reader_password',
    variable: 'DB_READER_PASSWORD',
    title: 'Password of the read-only role',
    description: 'Password of the role that npm run migrate made for reading (DB_READER_PASSWORD in .env).',
    type: 'string',
    isSecret: true,
  },
  {
    field: 'db_reader_user',
    variable: 'DB_READER_USER',
    title: 'Read-only role',
    description: 'Name of the role that may only select. The server refuses a role that could write.',
    type: 'string',
    fallback: 'dr365_reader',
  },
  {
    field: 'db_name',
    variable: 'DB_NAME',
    title: 'Database of measurements',
    description: 'Name of the database that holds runs, inventory and measurements.',
    type: 'string',
    fallback: 'dr365v_metrics',
  },
  {
    field: 'db_risk_name',
    variable: 'DB_RISK_NAME',
    title: 'Database of risks',
    description: 'Name of the database that holds risks and plans.',
    type: 'string',
    fallback: 'dr365v',
  },
  {
    field: 'db_tls',
    variable: 'DB_TLS',
    title: 'Encrypted connection',
    description: 'verify: encrypted, and the certificate of the database is checked; off: not encrypted.',
    type: 'string',
    fallback: 'off',
  },
  {
    field: 'db_ca_file',
    variable: 'DB_CA_FILE',
    title: 'Certificate authority of the database',
    description: 'PEM file to check the certificate with. Blank: what the system trusts.',
    type: 'file',
    fallback: '',
  },
  {
    field: 'log_level',
    variable: 'LOG_LEVEL',
    title: 'Log level',
    description: 'fatal, error, warn, info, debug, trace or silent. The log goes to stderr.',
    type: 'string',
    fallback: 'info',
  },
];
