import { ConfigError } from '../errors.ts';
import type { TlsMode } from '../http/tls.ts';

/** Who signs in. One of them is chosen; nothing falls through to another identity. */
export type CredentialSettings =
  | { mode: 'client-secret'; tenantId: string; clientId: string; clientSecret: string }
  | {
      mode: 'certificate';
      tenantId: string;
      clientId: string;
      /** PEM file with the certificate and its private key. */
      certificateFile: string;
      certificatePassword?: string | undefined;
    }
  /** `clientId` only for a user-assigned identity. */
  | { mode: 'managed-identity'; clientId?: string | undefined }
  | { mode: 'workload-identity'; tenantId: string; clientId: string; tokenFile: string }
  | { mode: 'azure-cli'; tenantId?: string | undefined }
  /** A token that is already there: for the simulator and tests. */
  | { mode: 'static'; token: string };

type CloudName = 'public' | 'us-government' | 'china';

export type AzureSettings = {
  cloud?: CloudName | undefined;
  /** Another resource manager than the cloud's: a private cloud, the simulator. `https://host[:port]` */
  resourceManagerUrl?: string | undefined;
  /** Another sign-in host than the cloud's. `https://host[:port]` */
  authorityHost?: string | undefined;
  /** What tokens are for; undefined: the resource manager in use. */
  scope?: string | undefined;
  /** How the resource manager's certificate is checked; a CA is trusted for a sign-in host of one's own as well. */
  tls?: TlsMode | undefined;
  credential: CredentialSettings;
};

/** Where requests and sign-ins go. `origin` has no default port and no slash at its end. */
export type Endpoint = {
  origin: string;
  host: string;
  port: number;
  scope: string;
  authorityHost: string;
  /** The sign-in host is none of Microsoft's clouds. */
  privateAuthority: boolean;
};

/** @see https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure */
const CLOUDS: Record<CloudName, { manager: string; authority: string }> = {
  public: { manager: 'https://management.azure.com', authority: 'https://login.microsoftonline.com' },
  'us-government': {
    manager: 'https://management.usgovcloudapi.net',
    authority: 'https://login.microsoftonline.us',
  },
  china: {
    manager: 'https://management.chinacloudapi.cn',
    authority: 'https://login.chinacloudapi.cn',
  },
};

/**
 * The addresses that the settings stand for.
 * @throws ConfigError unless both are plain https addresses
 */
export function toEndpoint(settings: AzureSettings): Endpoint {
  const cloud = CLOUDS[settings.cloud ?? 'public'];
  const manager = toOrigin(settings.resourceManagerUrl ?? cloud.manager, 'AZURE_RESOURCE_MANAGER_URL');
  const authority = toOrigin(settings.authorityHost ?? cloud.authority, 'AZURE_AUTHORITY_HOST');
  return {
    origin: manager.origin,
    host: manager.hostname.replace(/^\[|\]$/g, ''),
    port: Number(manager.port || 443),
    scope: settings.scope ?? `${manager.origin}/.default`,
    authorityHost: authority.origin,
    privateAuthority: !Object.values(CLOUDS).some((known) => known.authority === authority.origin),
  };
}

function toOrigin(text: string, name: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain =
    url?.protocol === 'https:' && url.pathname === '/' && !url.search && !url.hash && !url.username;
  if (url && plain && !url.password) return url;
  throw new ConfigError(`${name} is wrong: it has to be an address such as ${CLOUDS.public.manager}`);
}
