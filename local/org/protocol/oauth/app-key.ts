import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

/** A fresh RSA key pair in PEM, for an app that logs in with JWT assertions. */
export async function createAppKey(): Promise<{ readonly publicKey: string; readonly privateKey: string }> {
  return await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
