import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { buildServices } from './build-services.ts';
import { type AdjustableClock, createClock } from './clock.ts';
import { defaultSeed } from './default-seed.ts';
import { createControl, type OrgControl } from './faults/control.ts';
import { createControlServer } from './faults/control-server.ts';
import { readSourceFormat } from './metadata/source-format.ts';
import { createOrgServer } from './protocol/http-server.ts';
import { createAppKey } from './protocol/oauth/app-key.ts';
import { createCertificates, type ServerCertificates } from './protocol/tls/certificates.ts';
import { mergeSeeds, parseSeed, type Seed, SeedError, type SeedInput } from './seed.ts';
import { defaultSettings, type OrgSettings } from './settings.ts';
import { loadState, saveState } from './state-file.ts';

export interface OrgOptions {
  /** @default 0, a free one */
  readonly port?: number;
  /** @default 0, a free one */
  readonly controlPort?: number;
  /** Added to the default seed. */
  readonly seed?: SeedInput;
  /** Differences from `defaultSettings`. */
  readonly settings?: Partial<OrgSettings>;
  /**
   * Folder for the files the org makes: with it the printed app gets a key pair for JWT assertions, unless the seed has a
   * certificate for it.
   */
  readonly keyFolder?: string;
  /** Folder with objects, fields and rules in Salesforce's source format; the seed is added to it. */
  readonly metadataFolder?: string;
  /** File the rows and retained events are loaded from, when it is there, and saved to at the end. @default they live in memory only */
  readonly stateFile?: string;
  /** Serves https with a certificate of an authority made at start. @default false */
  readonly tls?: boolean;
  /** @default a clock that runs with the system's and can be pushed forward */
  readonly clock?: AdjustableClock;
}

export interface OrgCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly username: string;
  readonly password: string;
  readonly securityToken: string;
  /** PEM private key of the app, for JWT assertions; there is one only when the org was given a folder for it. */
  readonly jwtPrivateKeyFile?: string;
}

export interface StartedOrg {
  /**
   * `http://localhost:<port>`, or https: login host and instance URL in one. A name, because some clients keep no cookies of an
   * address, and streaming needs them.
   */
  readonly instanceUrl: string;
  readonly controlUrl: string;
  /** Of the seed's first app and user. */
  readonly credentials: OrgCredentials;
  /** What the control API does, without HTTP. */
  readonly control: OrgControl;
  readonly clock: AdjustableClock;
  /** PEM certificate of the authority that clients have to trust; there is one only with `tls`. */
  readonly ca?: string;
  /** The same as a file, when the org was given a folder for it. */
  readonly caFile?: string;
  /** What the metadata folder has that is not emulated, one text each. */
  readonly skippedMetadata: readonly string[];
  /** Ends at once, held connects included. */
  close(): Promise<void>;
}

/** Starts an org with its control API on loopback ports. Everything it knows is in memory and gone after `close`. */
export async function startOrg(options: OrgOptions = {}): Promise<StartedOrg> {
  const { metadataFolder } = options;
  const metadata = metadataFolder === undefined ? undefined : await readSourceFormat(metadataFolder);
  const skippedMetadata = metadata?.skipped ?? [];
  const base = metadata === undefined ? defaultSeed : mergeSeeds(defaultSeed, metadata.seed);
  const given = mergeSeeds(base, parseSeed(options.seed ?? {}));
  const { seed, keyFile } = await withAppKey(given, options.keyFolder);
  const settings = settingsOf(seed.settings, options.settings);
  const clock = options.clock ?? createClock();
  let instanceUrl = '';
  const services = buildServices(settings, seed, clock, () => instanceUrl);
  const { stateFile } = options;
  if (stateFile !== undefined) await loadState(stateFile, services);
  const control = createControl(services, clock);
  const certificates = options.tls === true ? await createCertificates() : undefined;
  const trust = await withAuthority(certificates, options.keyFolder);
  const server = createOrgServer(services, certificates);
  const controlServer = createControlServer(control);
  const close = async (): Promise<void> => {
    clock.dispose();
    await Promise.all([server.close(), controlServer.close()]);
    if (stateFile !== undefined) await saveState(stateFile, services);
  };
  try {
    instanceUrl = await listenOnLocalhost(server, options.port ?? 0, options.tls === true ? 'https' : 'http');
    const controlUrl = await controlServer.listen({ host: '127.0.0.1', port: options.controlPort ?? 0 });
    return {
      instanceUrl,
      controlUrl,
      credentials: credentialsOf(seed, keyFile),
      control,
      clock,
      ...trust,
      skippedMetadata,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Later sources win; what is undefined in them does not. */
function settingsOf(...sources: readonly (Readonly<Record<string, unknown>> | undefined)[]): OrgSettings {
  const given = sources.flatMap((source) => Object.entries(source ?? {}).filter(([, value]) => value !== undefined));
  return { ...defaultSettings, ...(Object.fromEntries(given) as Partial<OrgSettings>) };
}

async function withAuthority(certificates: ServerCertificates | undefined, folder: string | undefined) {
  if (certificates === undefined) return {};
  const { ca } = certificates;
  if (folder === undefined) return { ca };
  const caFile = join(folder, 'ca.pem');
  await mkdir(folder, { recursive: true });
  await writeFile(caFile, ca);
  return { ca, caFile };
}

/** Gives the first app a key pair and writes its private half to the folder. */
async function withAppKey(seed: Seed, folder: string | undefined) {
  const [app, ...others] = seed.apps;
  if (folder === undefined || app === undefined || app.certificate !== undefined) return { seed, keyFile: undefined };
  const { publicKey, privateKey } = await createAppKey();
  const keyFile = join(folder, 'jwt-private-key.pem');
  await mkdir(folder, { recursive: true });
  await writeFile(keyFile, privateKey, { mode: 0o600 });
  return { seed: { ...seed, apps: [{ ...app, certificate: publicKey }, ...others] }, keyFile };
}

function credentialsOf(seed: Seed, keyFile: string | undefined): OrgCredentials {
  const [app] = seed.apps;
  const user = seed.users.find((candidate) => candidate.username === app?.runAs) ?? seed.users[0];
  if (app === undefined || user === undefined) throw new SeedError(['apps, users: at least one of each is needed']);
  const { clientId, clientSecret } = app;
  const { username, password, securityToken } = user;
  const credentials = { clientId, clientSecret, username, password, securityToken };
  return keyFile === undefined ? credentials : { ...credentials, jwtPrivateKeyFile: keyFile };
}

/** Both loopback addresses, because either may be what `localhost` means to a client. */
async function listenOnLocalhost(server: FastifyInstance, port: number, scheme: 'http' | 'https'): Promise<string> {
  await server.listen({ host: 'localhost', port });
  const ipv4 = server.addresses().find((address) => typeof address === 'object' && address.family === 'IPv4');
  if (typeof ipv4 === 'object') return `${scheme}://localhost:${ipv4.port}`;
  throw Object.assign(new Error(`Port ${port} is in use`), { code: 'EADDRINUSE' });
}
