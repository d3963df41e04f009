import { type AuthTexts, checkAssertion } from './assertion.ts';
import { type Directory, findUser, type OAuthFlow, type OrgApp, type OrgUser, passwordFits } from './directory.ts';
import type { RefreshTokens } from './refresh-tokens.ts';

export interface OAuthRefusal {
  readonly error: string;
  readonly error_description: string;
}

export interface GrantRequest {
  readonly form: URLSearchParams;
  /** The Authorization header, for clients that authenticate by HTTP Basic. */
  readonly authorization: string | undefined;
  /** Host the request was sent to, without its port. */
  readonly host: string;
}

export interface GrantGround extends Directory {
  readonly refreshTokens: RefreshTokens;
  readonly now: number;
  readonly audiences: readonly string[];
  readonly texts: AuthTexts;
}

export interface Grant {
  readonly granted: true;
  readonly user: OrgUser;
  readonly app: OrgApp;
  readonly flow: OAuthFlow;
  /** The token of a refresh. */
  readonly refreshToken?: string;
}

export interface Refused {
  readonly granted: false;
  readonly refusal: OAuthRefusal;
  readonly app: OrgApp | undefined;
}

export type GrantDecision = Grant | Refused;

const flows: Readonly<Record<string, OAuthFlow>> = {
  client_credentials: 'client_credentials',
  password: 'password',
  refresh_token: 'refresh_token',
  'urn:ietf:params:oauth:grant-type:jwt-bearer': 'jwt_bearer',
};

/** Decides a token request by the refusals of Salesforce's OAuth error table; the answer's HTTP status is 400 for all of them. */
export function decideGrant(request: GrantRequest, ground: GrantGround): GrantDecision {
  const flow = flows[request.form.get('grant_type') ?? ''];
  if (flow === undefined) return refused('unsupported_grant_type', 'grant type not supported');
  const decision = flow === 'jwt_bearer' ? byAssertion(request, ground) : byClient(request, ground, flow);
  return decision.granted ? withPolicy(decision) : decision;
}

/** An app that the request names and proves to be, or why not. A refresh may do without the secret. */
export function authenticateClient(
  { form, authorization }: Pick<GrantRequest, 'form' | 'authorization'>,
  apps: readonly OrgApp[],
  secretOptional = false,
): OrgApp | Refused {
  const client = clientOf(form, authorization);
  const app = apps.find((candidate) => candidate.clientId === client.id);
  if (app === undefined) return refused('invalid_client_id', 'client identifier invalid');
  if (secretOptional && client.secret === null) return app;
  return app.clientSecret === client.secret ? app : refused('invalid_client', 'invalid client credentials', app);
}

function byAssertion({ form }: GrantRequest, ground: GrantGround): GrantDecision {
  const result = checkAssertion({ ...ground, assertion: form.get('assertion') });
  return 'error' in result
    ? refused(result.error, result.description, result.app)
    : { granted: true, user: result.user, app: result.app, flow: 'jwt_bearer' };
}

function byClient(request: GrantRequest, ground: GrantGround, flow: OAuthFlow): GrantDecision {
  const { form, host } = request;
  const { users, refreshTokens } = ground;
  const app = authenticateClient(request, ground.apps, flow === 'refresh_token');
  if ('granted' in app) return app;
  if (flow === 'refresh_token') {
    const token = refreshTokens.find(form.get('refresh_token'));
    if (token === undefined || token.app.clientId !== app.clientId) {
      return refused('invalid_grant', 'expired access/refresh token', app);
    }
    return { granted: true, user: token.user, app, flow, refreshToken: token.token };
  }
  if (flow === 'client_credentials') {
    // Only the org's own host knows which user the app runs as.
    if (/^(?:login|test)\./i.test(host)) return refused('invalid_grant', 'request not supported on this domain', app);
    if (app.flows?.includes(flow) === false) {
      return refused('invalid_grant', 'client credentials flow not enabled', app);
    }
    const user = findUser(users, app.runAs);
    return user === undefined
      ? refused('invalid_grant', 'no client credentials user enabled', app)
      : { granted: true, user, app, flow };
  }
  const user = findUser(users, form.get('username'));
  return user !== undefined && passwordFits(user, form.get('password'))
    ? { granted: true, user, app, flow }
    : refused('invalid_grant', 'authentication failure', app);
}

/** What app and user have to allow after everything else was right. */
function withPolicy(grant: Grant): GrantDecision {
  const { app, user, flow } = grant;
  if (app.installed === false) {
    return refused('invalid_client', 'External client app is not installed in this org', app);
  }
  if (app.flows?.includes(flow) === false) return refused('unsupported_grant_type', 'grant type not supported', app);
  if (user.active === false) return refused('inactive_user', 'user is inactive', app);
  const approved = app.approvedUsers?.some((name) => name.toLowerCase() === user.username.toLowerCase()) === true;
  if (app.access === 'approved-by-user' && !approved) {
    return refused('invalid_grant', "user hasn't approved this consumer", app);
  }
  if (app.access === 'approved-by-admin' && !approved) {
    return refused('invalid_app_access', 'user is not admin approved to access this app', app);
  }
  return grant;
}

function refused(error: string, description: string, app?: OrgApp): Refused {
  return { granted: false, refusal: { error, error_description: description }, app };
}

function clientOf(form: URLSearchParams, authorization: string | undefined) {
  const basic = /^basic\s+(.+)$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined) return { id: form.get('client_id'), secret: form.get('client_secret') };
  const text = Buffer.from(basic, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return { id: decode(text.slice(0, colon)), secret: decode(text.slice(colon + 1)) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
