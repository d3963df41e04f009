import { asBridgeError } from '../../../shared/errors/bridge-error.ts';
import { withCompounds } from '../../../shared/salesforce/read-rows.ts';
import type { RestClient } from '../../../shared/salesforce/rest-client.ts';
import type { ChangedRow } from '../../../shared/salesforce/row-record.ts';
import { errorFields, type Logger } from '../../../shared/telemetry/logger.ts';
import type { Clock } from '../clock.ts';

interface ChildObjectsParts {
  readonly rest: Pick<RestClient, 'describe'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/** How long an object is left alone that Salesforce does not describe: somebody has to give a right first. */
const REFUSED_MS = 15 * 60_000;

/** Shows the addresses in a PushTopic's row, which come as flat parts, as child objects too; which those are a describe says. */
export function createChildObjects({
  rest,
  clock,
  logger,
}: ChildObjectsParts): (row: ChangedRow) => Promise<ChangedRow> {
  const askAgainAt = new Map<string, number>();

  return async (row) => {
    const { object } = row;
    if ((askAgainAt.get(object) ?? 0) > clock.now()) return row;
    try {
      return { ...row, fields: withCompounds({ ...row.fields }, 'pushTopic', await rest.describe(object)) };
    } catch (cause) {
      const error = asBridgeError(cause);
      if (error.disposition !== 'reject') throw error;
      // The event is still good without what no event says.
      if (!askAgainAt.has(object)) {
        const what = 'addresses come without child objects, since the object cannot be described';
        logger.error(what, { object, ...errorFields(error) });
      }
      askAgainAt.set(object, clock.now() + REFUSED_MS);
      return row;
    }
  };
}
