import { requestIdOf } from '../azure/arm-error.ts';
import { createAzureReader } from '../azure/client.ts';
import { type AzureConnection, type ConnectionOptions, createAzureConnection } from '../azure/connection.ts';
import { vaultPath } from '../azure/paths.ts';
import { joined } from '../azure/signals.ts';
import { type AzureWriter, createAzureWriter } from '../azure/writer.ts';
import type { RecoveryServicesSettings } from '../config/recovery-services-section.ts';
import type { Log } from '../log.ts';
import { type Caller as Client, createAudit } from './audit.ts';
import type { ReadContext } from './context.ts';
import { createHandles, type Handles } from './handles.ts';
import { createKeptLists, type KeptLists, type ListQuestion, type WholeList } from './kept-lists.ts';
import { type PrivateFiles, privateFiles } from './private-files.ts';
import { assertAllowed } from './registry.ts';
import type { Meta } from './result.ts';
import { removeKeptTokens, tokenCache } from './token-cache.ts';
import { aliasOf, resolveVault, type VaultTarget } from './vault-reference.ts';

/** What all calls share: the connection, made by the first of them, and the key of handles. */
export type Program = {
  settings: RecoveryServicesSettings;
  connection: () => AzureConnection;
  files: PrivateFiles;
  handles: () => Handles;
  lists: () => KeptLists;
  /** The text without secrets and tokens. */
  redact: (text: string) => string;
  log: Log;
  close: () => Promise<void>;
};

/** Somebody waits for the answer: a long pause is told, not waited for. */
const IN_CONVERSATION = { retries: 3, longestPauseMs: 20_000 };

export function createProgram(
  settings: RecoveryServicesSettings,
  log: Log,
  options: ConnectionOptions = {},
): Program {
  const files = privateFiles(settings.stateDir);
  const { azure } = settings;
  const tokenStore = settings.keepsTokens ? tokenCache(azure, files, log) : undefined;
  let connection: AzureConnection | undefined;
  let handles: Handles | undefined;
  let lists: KeptLists | undefined;
  const open = () => {
    connection ??= createAzureConnection(azure, { log, tokenStore, retry: IN_CONVERSATION, ...options });
    return connection;
  };
  return {
    settings,
    connection: open,
    files,
    handles: () => {
      const { endpoint, clock } = open();
      handles ??= createHandles(endpoint.origin, files, { log, now: clock.now });
      return handles;
    },
    lists: () => {
      lists ??= createKeptLists(open().clock.now);
      return lists;
    },
    redact: (text) => connection?.redact(text) ?? text,
    log,
    close: async () => connection?.close(),
  };
}

export type CallFacts = {
  tool: string;
  signal: AbortSignal;
  client: Client | undefined;
  progress: ReadContext['progress'];
};

export type OpenedCall = { context: ReadContext; writer: () => AzureWriter; meta: () => Meta };

/** The context of one call, and what it has to say of itself afterwards. */
export function openCall(program: Program, { tool, signal, client, progress }: CallFacts): OpenedCall {
  const { settings, log } = program;
  const shared = program.connection();
  const now = new Date(shared.clock.now());
  const meta: Meta = {
    vault_id: null,
    api_version: null,
    request_id: null,
    fetched_at: now.toISOString(),
    warnings: [],
  };
  const connection = traced(shared, meta, signal);
  const writer = () =>
    createAzureWriter(connection, {
      signal,
      onWrite: createAudit(log, { tool, caller: client, credential: settings.azure.credential }),
    });
  const noted = (vault: VaultTarget) => {
    meta.vault_id = vaultPath(vault);
    return vault;
  };
  const context: ReadContext = {
    tool,
    now,
    signal,
    settings,
    azure: createAzureReader(connection, { signal }),
    connection,
    handles: program.handles(),
    vault: (args) => noted(resolveVault(args, settings)),
    vaultAt: (ref) => noted({ ...ref, alias: aliasOf(ref, settings.vaults) }),
    warn: (text) => meta.warnings.push(text),
    readOnce: (question, read) => readOnce(program.lists(), question, meta, read),
    progress,
    forgetTokens: () => {
      program.lists().clear();
      const kept = removeKeptTokens(program.files);
      return kept + shared.clearTokens();
    },
    writer: () => {
      assertAllowed('write', { settings, tool });
      return writer();
    },
  };
  return { context, writer, meta: () => meta };
}

/** A list as it was read for the first page, or read now. */
async function readOnce<List extends WholeList>(
  lists: KeptLists,
  question: ListQuestion,
  meta: Meta,
  read: () => Promise<List>,
): Promise<List> {
  const kept = lists.find(question);
  if (kept) {
    Object.assign(meta, kept.meta);
    return kept.list as List; // kept below by the same question, and so of the same tool
  }
  const list = await read();
  lists.keep(question, list, meta);
  return list;
}

/** The same connection, which notes the last request of this call. */
function traced(connection: AzureConnection, meta: Meta, signal: AbortSignal): AzureConnection {
  return {
    ...connection,
    send: async (request) => {
      const answer = await connection.send({ ...request, signal: joined(signal, request.signal) });
      meta.request_id = requestIdOf(answer) ?? meta.request_id;
      meta.api_version = /[?&]api-version=([^&]+)/i.exec(request.target)?.[1] ?? meta.api_version;
      return answer;
    },
  };
}
