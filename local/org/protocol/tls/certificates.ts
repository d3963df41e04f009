import { createHash, generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { bits, boolean, context, integer, objectId, octets, sequence, set, time, utf8 } from './der.ts';

/** PEM texts: what the server shows, and the authority that its clients have to trust. */
export interface ServerCertificates {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

interface Certified {
  readonly name: string;
  readonly publicKey: KeyObject;
}

interface Validity {
  readonly from: Date;
  readonly to: Date;
}

const day = 86_400_000;
const newKeys = promisify(generateKeyPair);

/**
 * An authority of its own and a server certificate for this machine's loopback names, made anew at every start. Node's crypto
 * signs but writes no certificates, so the structure of RFC 5280 is put together here.
 */
export async function createCertificates(): Promise<ServerCertificates> {
  const [authority, server] = await Promise.all([
    newKeys('ec', { namedCurve: 'P-256' }),
    newKeys('ec', { namedCurve: 'P-256' }),
  ]);
  // The certificates stand in the system's time, where the clients check them; the org's clock may be anywhere.
  const validity = { from: new Date(Date.now() - day), to: new Date(Date.now() + 90 * day) };
  const issuer = { name: 'Local org authority', publicKey: authority.publicKey };
  const subject = { name: 'localhost', publicKey: server.publicKey };
  const ca = certificate(issuer, issuer, authority.privateKey, validity, [
    extension('2.5.29.19', sequence(boolean(true)), true),
    // keyCertSign and cRLSign.
    extension('2.5.29.15', bits(Buffer.from([0b0000_0110]), 1), true),
  ]);
  const cert = certificate(subject, issuer, authority.privateKey, validity, [
    extension('2.5.29.19', sequence(), true),
    // digitalSignature.
    extension('2.5.29.15', bits(Buffer.from([0b1000_0000]), 7), true),
    extension('2.5.29.37', sequence(objectId('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', sequence(...loopbackNames())),
  ]);
  const key = String(server.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { key, cert: cert + ca, ca };
}

function loopbackNames(): readonly Buffer[] {
  const ipv6 = Buffer.alloc(16);
  ipv6[15] = 1;
  return [
    context(2, Buffer.from('localhost'), false),
    context(7, Buffer.from([127, 0, 0, 1]), false),
    context(7, ipv6, false),
  ];
}

function certificate(
  subject: Certified,
  issuer: Certified,
  issuerKey: KeyObject,
  { from, to }: Validity,
  extensions: readonly Buffer[],
): string {
  const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));
  const keyIds = [
    extension('2.5.29.14', octets(keyId(subject.publicKey))),
    extension('2.5.29.35', sequence(context(0, keyId(issuer.publicKey), false))),
  ];
  const body = sequence(
    context(0, integer(Buffer.from([2])), true),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    nameOf(issuer),
    sequence(time(from), time(to)),
    nameOf(subject),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    context(3, sequence(...extensions, ...keyIds), true),
  );
  const der = sequence(body, ecdsaWithSha256, bits(sign('sha256', body, issuerKey)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function nameOf({ name }: Certified): Buffer {
  return sequence(set(sequence(objectId('2.5.4.3'), utf8(name))));
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return critical ? sequence(objectId(id), boolean(true), octets(value)) : sequence(objectId(id), octets(value));
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}
