import type { AzureClient } from '../azure/client.ts';
import type { AzureConnection } from '../azure/connection.ts';
import type { VaultRef } from '../azure/paths.ts';
import type { AzureWriter } from '../azure/writer.ts';
import type { RecoveryServicesSettings } from '../config/recovery-services-section.ts';
import type { VaultArgs } from './arguments.ts';
import type { Handles } from './handles.ts';
import type { ListQuestion, WholeList } from './kept-lists.ts';
import type { VaultTarget } from './vault-reference.ts';

/** What a tool may use to answer one call. Whatever is read through it is traced in `meta`. */
export type ReadContext = {
  tool: string;
  now: Date;
  signal: AbortSignal;
  settings: RecoveryServicesSettings;
  /** Reads. It has no way to change anything. */
  azure: AzureClient;
  /** For following operations, which is reading too. */
  connection: AzureConnection;
  handles: Handles;
  /** The vault that arguments mean; it is the one that `meta` names. */
  vault: (args: VaultArgs) => VaultTarget;
  /** The same for a vault whose place is known. */
  vaultAt: (ref: VaultRef) => VaultTarget;
  /** Something that the reader of the answer has to know before the data. */
  warn: (text: string) => void;
  /** Reads a list for its first page; later pages of it are of what was read then, with the same warnings. */
  readOnce: <List extends WholeList>(question: ListQuestion, read: () => Promise<List>) => Promise<List>;
  /** Tells a client that asked for it how far things are. */
  progress: (message: string, seconds: number, ofSeconds: number) => void;
  /** Forgets tokens. @returns how many there were */
  forgetTokens: () => number;
  /**
   * The way to change something, for a read tool whose argument asks for a change (a refresh).
   * @throws ToolError `writes_disabled` unless the configuration allows it
   */
  writer: () => AzureWriter;
};

/** What the running of a plan may use besides. */
export type WriteContext = ReadContext & { write: AzureWriter };
