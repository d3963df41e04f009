import type { FastifyInstance } from 'fastify';
import { changeMetadata, type MetadataChange } from './metadata/change-metadata.ts';
import { findUser } from './protocol/oauth/directory.ts';
import type { OrgServices } from './services.ts';
import type { OrgSnapshot } from './store/database.ts';
import { ApiError } from './store/errors.ts';

/** Names of an app and a user of the seed. */
export interface RefreshTokenRequest {
  /** @default the first app */
  readonly app?: string;
  /** @default the app's runAs user, or the first user */
  readonly username?: string;
}

/** What an administrator does to an org, beside its faults. */
export interface OrgAdmin {
  /** Adds, changes or removes a field or a validation rule, or selects an object for change events, at once. */
  changeMetadata(change: MetadataChange): { readonly fields: readonly string[] };
  /** All rows, deleted ones included. Sessions, events and metadata are no part of it. */
  snapshot(): OrgSnapshot;
  /** Goes back to the rows of a snapshot; no events are published for it. */
  restore(snapshot: OrgSnapshot): void;
  /** What the end of a web login would give a client. */
  issueRefreshToken(request?: RefreshTokenRequest): { readonly refreshToken: string };
}

export function createAdmin({ database, directory, refreshTokens }: OrgServices): OrgAdmin {
  return {
    changeMetadata: (change) => changeMetadata(database, change),
    snapshot: () => database.snapshot(),
    restore: (snapshot) => database.restore(snapshot),
    issueRefreshToken({ app: name, username } = {}) {
      const { apps, users } = directory;
      const app = name === undefined ? apps[0] : apps.find((candidate) => candidate.name === name);
      const user = findUser(users, username ?? app?.runAs ?? users[0]?.username);
      if (app === undefined || user === undefined) throw new ApiError(404, 'NOT_FOUND', 'There is no such app or user');
      return { refreshToken: refreshTokens.issue(user, app).token };
    },
  };
}

/** The same over the control API's HTTP. */
export function registerAdmin(server: FastifyInstance, admin: OrgAdmin): void {
  server.post('/metadata', ({ body }) => admin.changeMetadata(body as MetadataChange));
  server.get('/snapshot', () => admin.snapshot());
  server.put('/snapshot', (request, reply) => {
    admin.restore(request.body as OrgSnapshot);
    return reply.code(204).send();
  });
  server.post('/refresh-tokens', ({ body }) => admin.issueRefreshToken((body ?? {}) as RefreshTokenRequest));
}

type Send = (method: string, path: string, body?: unknown) => Promise<Response>;

/** The same from another process. */
export function adminClient(send: Send) {
  return {
    changeMetadata: async (change: MetadataChange) =>
      (await (await send('POST', '/metadata', change)).json()) as ReturnType<OrgAdmin['changeMetadata']>,
    snapshot: async () => (await (await send('GET', '/snapshot')).json()) as OrgSnapshot,
    restore: async (snapshot: OrgSnapshot): Promise<void> => {
      await send('PUT', '/snapshot', snapshot);
    },
    issueRefreshToken: async (request: RefreshTokenRequest = {}) =>
      (await (await send('POST', '/refresh-tokens', request)).json()) as { readonly refreshToken: string },
  };
}
