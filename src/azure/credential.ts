import { readFileSync } from 'node:fs';
import type { ClientSecretCredential, TokenCredential } from '@azure/identity';
import { ConfigError } from '../errors.ts';
import type { TlsMode } from '../http/tls.ts';
import { noteRequest, noteTrouble } from '../journal.ts';
import type { CredentialSettings, Endpoint } from './settings.ts';
import { isServiceTrouble, noToken, tooLate, toSignInError } from './sign-in-error.ts';
import type { TokenSource } from './token.ts';

const SIGN_IN_MS = 60_000;
const RETRIES = 2;

/**
 * Gets tokens of one identity. The library behind it is loaded when the first token is wanted, since that takes most of
 * a second; it keeps tokens in memory, so a new source forgets them.
 */
export function openTokenSource(
  settings: CredentialSettings,
  endpoint: Endpoint,
  tls: TlsMode | undefined,
  redact: (text: string) => string,
): TokenSource {
  if (settings.mode === 'static') {
    const { token } = settings;
    return () => Promise.resolve({ token, expiresAt: Number.POSITIVE_INFINITY });
  }
  let credential: Promise<TokenCredential> | undefined;
  const answered: Answered = { status: undefined };
  return async () => {
    try {
      credential ??= createCredential(settings, endpoint, tls, answered);
      const answer = await inTime((await credential).getToken(endpoint.scope));
      if (!answer) throw noToken();
      const { token, expiresOnTimestamp: expiresAt, refreshAfterTimestamp: refreshAfter } = answer;
      return { token, expiresAt, refreshAfter };
    } catch (error) {
      throw toSignInError(error, settings.mode, endpoint.authorityHost, redact, answered.status);
    }
  };
}

/** @throws ConfigError if the certificate file cannot be used */
export function checkCredential(settings: CredentialSettings): void {
  if (settings.mode !== 'certificate') return;
  const where = `AZURE_CLIENT_CERTIFICATE_PATH=${settings.certificateFile}`;
  const text = readOrFail(settings.certificateFile, where);
  for (const part of [/BEGIN CERTIFICATE-/, /BEGIN (\w+ )*PRIVATE KEY-/]) {
    if (part.test(text)) continue;
    throw new ConfigError(
      `${where} is wrong: it has to be a PEM file with a certificate and its private key`,
    );
  }
}

/** What must not get into messages. */
export function secretsOf(settings: CredentialSettings): string[] {
  const secrets = [
    settings.mode === 'client-secret' ? settings.clientSecret : undefined,
    settings.mode === 'certificate' ? settings.certificatePassword : undefined,
    settings.mode === 'static' ? settings.token : undefined,
  ];
  return secrets.filter((secret) => secret !== undefined && secret !== '') as string[];
}

type LibraryMode = Exclude<CredentialSettings, { mode: 'static' }>;

async function createCredential(
  settings: LibraryMode,
  endpoint: Endpoint,
  tls: TlsMode | undefined,
  answered: Answered,
): Promise<TokenCredential> {
  const identity = await import('@azure/identity');
  const options = optionsFor(endpoint, tls, answered);
  switch (settings.mode) {
    case 'client-secret': {
      const { tenantId, clientId, clientSecret } = settings;
      return new identity.ClientSecretCredential(tenantId, clientId, clientSecret, options);
    }
    case 'certificate': {
      const { tenantId, clientId, certificateFile: certificatePath, certificatePassword } = settings;
      const file = { certificatePath, ...(certificatePassword ? { certificatePassword } : {}) };
      return new identity.ClientCertificateCredential(tenantId, clientId, file, options);
    }
    case 'managed-identity':
      return settings.clientId
        ? new identity.ManagedIdentityCredential({ clientId: settings.clientId })
        : new identity.ManagedIdentityCredential();
    case 'workload-identity': {
      const { tenantId, clientId, tokenFile: tokenFilePath } = settings;
      return new identity.WorkloadIdentityCredential({ ...options, tenantId, clientId, tokenFilePath });
    }
    case 'azure-cli':
      return new identity.AzureCliCredential(settings.tenantId ? { tenantId: settings.tenantId } : {});
  }
}

/** A private sign-in host is taken as it is, and not looked up at Microsoft's. */
function optionsFor(
  { authorityHost, privateAuthority }: Endpoint,
  tls: TlsMode | undefined,
  answered: Answered,
) {
  const common = {
    authorityHost,
    retryOptions: { maxRetries: RETRIES },
    additionalPolicies: policies(answered),
  };
  if (!privateAuthority) return common;
  const ca = tls?.mode === 'ca' ? ('ca' in tls ? tls.ca : readFileSync(tls.caFile, 'utf8')) : undefined;
  return { ...common, disableInstanceDiscovery: true, ...(ca ? { tlsOptions: { ca } } : {}) };
}

type Options = NonNullable<ConstructorParameters<typeof ClientSecretCredential>[3]>;
type Policies = NonNullable<Options['additionalPolicies']>;

/** Status of the last answer of the sign-in service; undefined: none yet. */
type Answered = { status: number | undefined };

/**
 * The library asks again by itself and tells nobody; and where the service is broken what it says last may be that the
 * credential was refused.
 */
const policies = (answered: Answered): Policies => [
  {
    position: 'perRetry',
    policy: {
      name: 'journal of the sign-in',
      sendRequest: async (request, next) => {
        const begun = performance.now();
        answered.status = undefined;
        try {
          const answer = await next(request);
          answered.status = answer.status;
          if (isServiceTrouble(answer.status)) noteTrouble('sign-in', String(answer.status));
          return answer;
        } catch (error) {
          const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
          noteTrouble('sign-in', `unreachable${code}`);
          throw error;
        } finally {
          noteRequest('sign-in', performance.now() - begun);
        }
      },
    },
  },
];

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tooLate(SIGN_IN_MS)), SIGN_IN_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function readOrFail(file: string, where: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`${where} cannot be read`, { cause });
  }
}
