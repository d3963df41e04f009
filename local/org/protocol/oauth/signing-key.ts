import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** The org's own RSA key, for access tokens in JWT form and ID tokens. Made when it is first needed: most runs never do. */
export class SigningKey {
  #pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } | undefined;

  /** A signed JWT (RS256). */
  sign(payload: Readonly<Record<string, unknown>>, header: Readonly<Record<string, unknown>> = {}): string {
    const head = encode({ ...header, kid: this.#keyId(), typ: 'JWT', alg: 'RS256' });
    const text = `${head}.${encode(payload)}`;
    return `${text}.${sign('sha256', Buffer.from(text), this.#keys().privateKey).toString('base64url')}`;
  }

  /** The public half, as `/id/keys` shows it. */
  jwks() {
    const { kty, n, e } = this.#keys().publicKey.export({ format: 'jwk' });
    return { keys: [{ kty, n, e, alg: 'RS256', use: 'sig', kid: this.#keyId() }] };
  }

  #keys() {
    this.#pair ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
    return this.#pair;
  }

  #keyId(): string {
    const spki = this.#keys().publicKey.export({ type: 'spki', format: 'der' });
    return createHash('sha256').update(spki).digest('hex').slice(0, 16);
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
