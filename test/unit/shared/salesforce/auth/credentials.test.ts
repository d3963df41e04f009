import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signAssertion } from '../../../../../shared/salesforce/auth/assertion.ts';
import { type AuthFlow, neededFields, parseCredentials } from '../../../../../shared/salesforce/auth/credentials.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const whole = {
  consumerKey: 'key',
  consumerSecret: 'secret-value',
  baseUri: 'https://acme.my.salesforce.com',
  username: 'bridge@example.com',
  password: 'secret-value',
  privateKey,
  refreshToken: 'secret-value',
};

describe('a secret is taken for its flow', () => {
  it.each(
    Object.entries(neededFields).flatMap(([flow, fields]) => fields.map((field) => [flow as AuthFlow, field] as const)),
  )('%s not without %s, and its values are never told', (flow, field) => {
    expect(parseCredentials(JSON.stringify(whole), 'main', flow)).toMatchObject({ consumerKey: 'key' });
    const { [field]: _left, ...rest } = whole;
    const parse = () => parseCredentials(JSON.stringify(rest), 'main', flow);
    expect(parse).toThrow(
      expect.objectContaining({ code: 'SKB_AUTH_REJECTED', message: expect.stringContaining(field) }),
    );
    expect(parse).not.toThrow(/secret-value/);
  });

  it('not with a key that is none', () => {
    const text = JSON.stringify({ ...whole, privateKey: 'MIIE secret-value' });
    expect(() => parseCredentials(text, 'main', 'jwtBearer')).toThrow(/privateKey/);
  });
});

describe('an assertion', () => {
  const claimsOf = (baseUri: string, audience?: string) => {
    const signed = signAssertion({ ...whole, baseUri, ...(audience && { audience }) }, 1_700_000_000_000);
    return JSON.parse(Buffer.from(signed.split('.')[1] ?? '', 'base64url').toString());
  };

  it.each([
    ['https://acme.my.salesforce.com', undefined, 'https://login.salesforce.com'],
    ['https://acme--dev.sandbox.my.salesforce.com', undefined, 'https://test.salesforce.com'],
    ['https://acme.my.salesforce.com', 'https://acme.example.com', 'https://acme.example.com'],
  ])('of %s with audience %s is for %s and ends within five minutes', (baseUri, audience, aud) => {
    expect(claimsOf(baseUri, audience)).toEqual({ iss: 'key', sub: 'bridge@example.com', aud, exp: 1_700_000_180 });
  });

  it('says nothing of a key that cannot sign', () => {
    const broken = '-----BEGIN PRIVATE KEY-----\nsecret-value\n-----END PRIVATE KEY-----';
    expect(() => signAssertion({ ...whole, privateKey: broken }, 0)).toThrow(/cannot sign/);
    expect(() => signAssertion({ ...whole, privateKey: broken }, 0)).not.toThrow(/secret-value/);
  });
});
