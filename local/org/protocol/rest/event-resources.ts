import { type PayloadFormat, schemaById, schemaByName } from '../../events/event-schemas.ts';
import type { OrgServices } from '../../services.ts';
import { ApiError, notFound } from '../../store/errors.ts';
import { bodyObject, type Parameters, type RestHandler } from './call.ts';
import type { RestCall } from './rest-call.ts';

const maxPayload = 3000;

/** Pushes generic events (Streaming API guide, "Streaming Channel Push"); the fan-out is known only for named users. */
export const pushToChannel: RestHandler = (call, parameters, services) => {
  const name = channelName(parameters, services);
  const events: unknown = bodyObject(call)['pushEvents'];
  if (!Array.isArray(events) || events.length === 0) {
    throw new ApiError(400, 'JSON_PARSER_ERROR', 'The pushEvents array is required');
  }
  const pushes = events.map((event: unknown) => pushOf(event));
  const online = services.bayeux.usersOn(name);
  const results = pushes.map(({ payload, userIds }) => {
    services.publisher.push(name, payload, userIds);
    const status = userIds.map((id) => [id, online.has(id)] as const);
    const fanoutCount = userIds.length === 0 ? -1 : status.filter(([, isOnline]) => isOnline).length;
    return { fanoutCount, userOnlineStatus: Object.fromEntries(status) };
  });
  return { status: 200, body: results };
};

/** Who listens to a generic channel. */
export const onlineUsers: RestHandler = (_call, parameters, services) => {
  const name = channelName(parameters, services);
  return { status: 200, body: { OnlineUserIds: [...services.bayeux.usersOn(name)], ChannelName: name } };
};

export const eventSchemaById: RestHandler = (call, parameters, { database }) => {
  const found = schemaById(parameters['schema'] ?? '', database.schema, formatOf(call));
  if (found === undefined) throw notFound();
  return { status: 200, body: found };
};

export const eventSchemaByName: RestHandler = (call, parameters, { database }) => {
  const found = schemaByName(parameters['object'] ?? '', database.schema, formatOf(call));
  if (found === undefined) throw notFound();
  return { status: 200, body: found };
};

function formatOf(call: RestCall): PayloadFormat {
  return call.query.get('payloadFormat')?.toUpperCase() === 'COMPACT' ? 'COMPACT' : 'EXPANDED';
}

function channelName(parameters: Parameters, { database }: OrgServices): string {
  const object = database.schema.find('StreamingChannel');
  const row = object === undefined ? undefined : database.row(object, parameters['id'] ?? '');
  if (row === undefined || row['IsDeleted'] === true) throw notFound();
  return String(row['Name']);
}

function pushOf(event: unknown): { readonly payload: string; readonly userIds: readonly string[] } {
  const { payload, userIds } = (event ?? {}) as { readonly payload?: unknown; readonly userIds?: unknown };
  if (typeof payload !== 'string') throw new ApiError(400, 'JSON_PARSER_ERROR', 'The payload must be a string');
  if (payload.length > maxPayload) {
    throw new ApiError(400, 'STRING_TOO_LONG', `Payload: data value too large (max length=${maxPayload})`);
  }
  return { payload, userIds: Array.isArray(userIds) ? userIds.map(String) : [] };
}
