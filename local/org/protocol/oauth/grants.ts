import type { OrgApp, OrgUser } from './sessions.ts';

export interface OAuthRefusal {
  readonly error: string;
  readonly error_description: string;
}

interface Directory {
  readonly apps: readonly OrgApp[];
  readonly users: readonly OrgUser[];
}

export interface GrantRequest {
  readonly form: URLSearchParams;
  /** The Authorization header, for clients that authenticate by HTTP Basic. */
  readonly authorization: string | undefined;
}

export type GrantDecision =
  | {
      readonly granted: true;
      readonly user: OrgUser;
      readonly app: OrgApp;
      readonly flow: 'client_credentials' | 'password';
    }
  | { readonly granted: false; readonly refusal: OAuthRefusal; readonly app: OrgApp | undefined };

/** Decides a token request by the refusals of Salesforce's OAuth error table; the answer's HTTP status is 400 for all of them. */
export function decideGrant(request: GrantRequest, { apps, users }: Directory): GrantDecision {
  const { form } = request;
  const refuse = (error: string, description: string, app?: OrgApp): GrantDecision => {
    return { granted: false, refusal: { error, error_description: description }, app };
  };
  const flow = form.get('grant_type');
  if (flow !== 'client_credentials' && flow !== 'password') {
    return refuse('unsupported_grant_type', 'grant type not supported');
  }
  const client = clientOf(request);
  const app = apps.find((candidate) => candidate.clientId === client.id);
  if (app === undefined) return refuse('invalid_client_id', 'client identifier invalid');
  if (app.clientSecret !== client.secret) return refuse('invalid_client', 'invalid client credentials', app);
  if (flow === 'client_credentials') {
    const user = users.find((candidate) => sameName(candidate.username, app.runAs));
    return user === undefined
      ? refuse('invalid_grant', 'no client credentials user enabled', app)
      : { granted: true, user, app, flow };
  }
  const user = users.find((candidate) => sameName(candidate.username, form.get('username')));
  // The security token follows the password without a separator.
  const accepted = user !== undefined && form.get('password') === user.password + user.securityToken;
  return accepted ? { granted: true, user, app, flow } : refuse('invalid_grant', 'authentication failure', app);
}

function sameName(a: string, b: string | null | undefined): boolean {
  return a.toLowerCase() === b?.toLowerCase();
}

function clientOf({ form, authorization }: GrantRequest): {
  readonly id: string | null;
  readonly secret: string | null;
} {
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
