import { BridgeError } from '../errors/bridge-error.ts';
import type { RestClient } from './rest-client.ts';

/**
 * Says which platform event a schema ID stands for. A schema never changes (a changed event gets a new ID), so each is
 * asked for once:
 * https://developer.salesforce.com/docs/atlas.en-us.platform_events.meta/platform_events/platform_events_api_event_schema.htm
 */
export function createEventOfSchema(rest: Pick<RestClient, 'request'>): (schemaId: string) => Promise<string> {
  const names = new Map<string, string>();
  return async (schemaId) => {
    const known = names.get(schemaId);
    if (known !== undefined) return known;
    const path = `/event/eventSchema/${encodeURIComponent(schemaId)}?payloadFormat=COMPACT`;
    const schema = (await rest.request({ method: 'GET', path })) as { name?: unknown } | null;
    if (typeof schema?.name !== 'string') {
      throw new BridgeError('SKB_DECODE_FAILED', 'The schema of a platform event names no event', {
        context: { schemaId },
      });
    }
    names.set(schemaId, schema.name);
    return schema.name;
  };
}
