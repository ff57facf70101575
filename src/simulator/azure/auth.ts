import { createHash } from 'node:crypto';
import { ArmFailure } from './errors.ts';

export type AzureAuth = {
  tenantId: string;
  clientId: string;
  clientSecret: string;
  /** Good for ever, for callers that do not sign in. */
  staticToken: string;
  /** Answers a form at the token endpoint. @throws SignInFailure */
  token: (tenant: string, form: URLSearchParams, authorization: string | undefined) => object;
  /** @throws ArmFailure 401 unless the header has a token that is good */
  check: (authorization: string | undefined) => void;
  /** All tokens become invalid but the static one. */
  forget: () => void;
};

/** A refusal of the sign-in service. @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
export class SignInFailure extends Error {
  override readonly name = 'SignInFailure';
  readonly status: number;
  readonly error: string;
  readonly code: number;

  constructor(status: number, error: string, code: number, message: string) {
    super(`AADSTS${code}: ${message}`);
    this.status = status;
    this.error = error;
    this.code = code;
  }
}

type AuthOptions = { tenantId: string; clientId: string; secret: string; tokenSeconds: number };

/** Sign-in of an application with its secret. Tokens age in real time. */
export function createAzureAuth({
  tenantId,
  clientId,
  secret: clientSecret,
  tokenSeconds,
}: AuthOptions): AzureAuth {
  const good = new Map<string, number>();
  let issued = 0;
  const staticToken = tokenOf(clientSecret, 'static');
  const issue = () => {
    issued += 1;
    const token = tokenOf(clientSecret, String(issued));
    for (const [old, until] of good) if (until < performance.now()) good.delete(old);
    good.set(token, performance.now() + tokenSeconds * 1000);
    return {
      token_type: 'Bearer',
      expires_in: tokenSeconds,
      ext_expires_in: tokenSeconds,
      access_token: token,
    };
  };
  return {
    tenantId,
    clientId,
    clientSecret,
    staticToken,
    token: (tenant, form, authorization) => {
      if (tenant.toLowerCase() !== tenantId)
        throw new SignInFailure(400, 'invalid_request', 90002, `Tenant '${tenant.slice(0, 60)}' not found.`);
      if (form.get('grant_type') !== 'client_credentials')
        throw new SignInFailure(400, 'unsupported_grant_type', 70003, 'The grant type is not supported.');
      const [id, secret] = credentialsOf(form, authorization);
      if (id?.toLowerCase() !== clientId)
        throw new SignInFailure(
          400,
          'unauthorized_client',
          700016,
          'The application was not found in the directory.',
        );
      if (secret !== clientSecret)
        throw new SignInFailure(401, 'invalid_client', 7000215, 'Invalid client secret provided.');
      if (!/\/\.default(\s|$)/.test(form.get('scope') ?? ''))
        throw new SignInFailure(400, 'invalid_scope', 70011, 'The scope has to end with /.default.');
      return issue();
    },
    check: (authorization) => {
      const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
      if (token === undefined)
        throw refused(tenantId, 'AuthenticationFailed', "The 'Authorization' header is missing.");
      const until = token === staticToken ? Number.POSITIVE_INFINITY : good.get(token);
      if (until === undefined)
        throw refused(tenantId, 'InvalidAuthenticationToken', 'The access token is invalid.');
      if (until < performance.now())
        throw refused(tenantId, 'ExpiredAuthenticationToken', 'The access token has expired.');
    },
    forget: () => good.clear(),
  };
}

function credentialsOf(form: URLSearchParams, authorization: string | undefined) {
  const basic = /^Basic (.+)$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined)
    return [form.get('client_id') ?? undefined, form.get('client_secret') ?? undefined];
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(/:(.*)/s);
  return [decodeURIComponent(id), decodeURIComponent(secret)];
}

function refused(tenantId: string, code: string, message: string): ArmFailure {
  const where = `https://login.microsoftonline.com/${tenantId}`;
  const challenge = `Bearer authorization_uri="${where}", error="invalid_token", error_description="${message}"`;
  return new ArmFailure(401, code, message, { 'www-authenticate': challenge });
}

const tokenOf = (secret: string, what: string): string =>
  createHash('sha512').update(`${secret} ${what} ${performance.timeOrigin}`).digest('base64url');
