/** What the settings of a server are called where they were made. */
export type VeeamNames = {
  server: string;
  port: string;
  username: string;
  password: string;
  caFile: string;
  fingerprint: string;
  apiVersion: string;
};

/** Those of the server that the environment names. */
export const VEEAM_NAMES: VeeamNames = {
  server: 'VEEAM_SERVER',
  port: 'VEEAM_PORT',
  username: 'VEEAM_USERNAME',
  password: 'VEEAM_PASSWORD',
  caFile: 'VEEAM_CA_FILE',
  fingerprint: 'VEEAM_TLS_FINGERPRINT',
  apiVersion: 'VEEAM_API_VERSION',
};
