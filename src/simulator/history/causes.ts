import { hash } from '../random.ts';

export type CauseName =
  | 'storageFull'
  | 'credential'
  | 'proxyDown'
  | 'vssTimeout'
  | 'networkPath'
  | 'snapshot'
  | 'serviceDown'
  | 'hostUnavailable'
  | 'timeout'
  | 'locked';

/** What the message talks about. */
export type CausePlace = {
  machine: string;
  host: string;
  repository: string;
  path: string;
  proxy: string;
  server: string;
};

type Text = (place: CausePlace, n: number) => string;

/** Messages in the wording of the product, English first, then as a server with a German operating system prints them. */
const TEXTS: Record<CauseName, [Text, ...Text[]]> = {
  storageFull: [
    ({ path }, n) =>
      `Error: There is not enough space on the disk. Failed to write data to the file [${path}\\${guid(n)}.vib]. Agent failed to process method {DataTransfer.SyncDisk}.`,
    ({ repository }, n) =>
      `Backup location [${repository}] is getting low on free disk space: ${n % 900} MB free.`,
    ({ path }, n) =>
      `Fehler: Es steht nicht genug Speicherplatz auf dem Datenträger zur Verfügung. Datei: [${path}\\${guid(n)}.vbk].`,
  ],
  credential: [
    ({ server }, n) =>
      `Failed to connect to guest agent. Errors: 'Cannot connect to the host's administrative share. Host: [${server}]. Account: [CORP\\svc-veeam]. Win32 error: The user name or password is incorrect. Code: 1326' (ref ${guid(n)})`,
    ({ server }) => `Logon failure: unknown user name or bad password. Host: '${server}'.`,
    ({ server }) =>
      `Anmeldung fehlgeschlagen: unbekannter Benutzername oder falsches Kennwort. Host: [${server}].`,
  ],
  proxyDown: [
    ({ proxy }, n) =>
      `Failed to connect to proxy [${proxy}]. Error: No connection could be made because the target machine actively refused it 10.20.${n % 250}.${(n >>> 8) % 250}:6162`,
    ({ proxy }, n) =>
      `Backup proxy '${proxy}' is offline or outdated. Resource not ready: Backup proxy. Session ${guid(n)}.`,
  ],
  vssTimeout: [
    ({ machine }, n) =>
      `Processing ${machine} Error: Failed to create VM quiesced snapshot. VSSControl: -2147467259 Backup job failed. Cannot create a shadow copy of the volumes containing writer's data. A VSS critical writer has failed. Writer name: [SqlServerWriter]. Class ID: [{${guid(n)}}]. Writer's state: [VSS_WS_FAILED_AT_FREEZE]. Error code: [0x800423f2].`,
    ({ machine }, n) =>
      `VSS-Fehler bei ${machine}: Zeitüberschreitung des Writers [SqlServerWriter] beim Einfrieren. Instanz-ID: [{${guid(n)}}]. Fehlercode: [0x800423f2].`,
  ],
  networkPath: [
    ({ path }) =>
      `The network path was not found. Failed to open storage for read/write access. Storage: [${path}].`,
    ({ path }) => `Der Netzwerkpfad wurde nicht gefunden. Speicher: [${path}].`,
  ],
  snapshot: [
    ({ machine }, n) =>
      `Error: Failed to create snapshot for VM ${machine}: An error occurred while taking a snapshot: Failed to quiesce the virtual machine. Task: task-${n % 90_000}`,
    ({ machine, host }) =>
      `Error: Unable to release guest. Details: VM ${machine} on host ${host} has 3 snapshots pending consolidation.`,
  ],
  serviceDown: [
    ({ server }, n) =>
      `Job has been terminated: the Veeam Backup Service on ${server} is not running. RPC error: The RPC server is unavailable. Code: 1722 (${guid(n)})`,
    ({ server }) =>
      `Failed to connect to the Veeam Backup & Replication server ${server}: connection refused.`,
  ],
  hostUnavailable: [
    ({ host }, n) =>
      `Host [${host}] is unavailable. Failed to login to "${host}" by SOAP, port 443, user "root", proxy srv:"" port:0 Unable to connect to the remote server 10.10.${n % 250}.17:443`,
  ],
  timeout: [
    ({ machine }, n) =>
      `Error: Timed out waiting for disk [${machine}_${n % 9}.vmdk] after ${1800 + (n % 600)} seconds.`,
    ({ machine }) => `Zeitüberschreitung beim Verarbeiten von ${machine}.`,
  ],
  locked: [
    ({ path }, n) =>
      `Failed to lock file [${path}\\${guid(n)}.vbm]: the file is being used by another process.`,
  ],
};

/** The message of one failure. `n` picks the wording and fills in the numbers. */
export function causeMessage(cause: CauseName, place: CausePlace, n: number): string {
  const texts = TEXTS[cause];
  const text = texts[n % 5 === 0 ? (n >>> 4) % texts.length : 0] ?? texts[0];
  return text(place, n);
}

function guid(n: number): string {
  const part = (i: number) => hash(n, i).toString(16).padStart(8, '0');
  return `${part(1)}-${part(2).slice(0, 4)}-4${part(2).slice(5)}-a${part(3).slice(1, 4)}-${part(3).slice(4)}${part(4)}`;
}
