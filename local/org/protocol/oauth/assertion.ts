import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { findUser, type OrgApp, type OrgUser } from './directory.ts';

/** Texts that changed over the releases. */
export interface AuthTexts {
  readonly jwtAudienceText: string;
  readonly jwtExpiredText: string;
}

interface AssertionInput {
  readonly assertion: string | null;
  readonly apps: readonly OrgApp[];
  readonly users: readonly OrgUser[];
  /** Epoch milliseconds. */
  readonly now: number;
  readonly audiences: readonly string[];
  readonly texts: AuthTexts;
}

export type AssertionResult =
  | { readonly app: OrgApp; readonly user: OrgUser }
  | { readonly app: OrgApp | undefined; readonly error: string; readonly description: string };

type Claims = Readonly<Record<string, unknown>>;

/**
 * Checks a JWT bearer assertion: signature, audience, expiry, issuer, subject, in this order. The issuer is looked at first
 * all the same, because it says whose certificate the signature has to fit.
 */
export function checkAssertion({ assertion, apps, users, now, audiences, texts }: AssertionInput): AssertionResult {
  const refuse = (app: OrgApp | undefined, description: string, error = 'invalid_grant'): AssertionResult => {
    return { app, error, description };
  };
  const parts = (assertion ?? '').split('.');
  const header = decode(parts[0]);
  const claims = decode(parts[1]);
  if (parts.length !== 3 || header === undefined || claims === undefined) return refuse(undefined, 'invalid assertion');
  const app = apps.find((candidate) => candidate.clientId === claims['iss']);
  if (app === undefined) return refuse(undefined, 'client identifier invalid', 'invalid_client_id');
  if (header['alg'] !== 'RS256' || !signatureFits(parts, app.certificate)) return refuse(app, 'invalid assertion');
  if (!audienceFits(claims['aud'], audiences)) return refuse(app, texts.jwtAudienceText);
  if (!(secondsOf(claims['exp']) * 1000 > now)) return refuse(app, texts.jwtExpiredText);
  // `prn` is what drafts of the standard called the subject.
  const subject = claims['sub'] ?? claims['prn'];
  const user = typeof subject === 'string' ? findUser(users, subject) : undefined;
  return user === undefined ? refuse(app, "user hasn't approved this consumer") : { app, user };
}

/** Some clients write the time as text. */
function secondsOf(claim: unknown): number {
  return typeof claim === 'string' && claim !== '' ? Number(claim) : typeof claim === 'number' ? claim : Number.NaN;
}

function decode(part: string | undefined): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}

function signatureFits([header = '', payload = '', signature = '']: readonly string[], pem: string | undefined) {
  const key = pem === undefined ? undefined : publicKeyOf(pem);
  if (key === undefined) return false;
  return verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'));
}

/** Of a PEM certificate or public key; undefined when it is neither. */
export function publicKeyOf(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

function audienceFits(given: unknown, accepted: readonly string[]): boolean {
  const list = Array.isArray(given) ? given : [given];
  return list.some((audience) => typeof audience === 'string' && accepted.includes(audience.replace(/\/$/, '')));
}
