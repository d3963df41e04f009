import type { LatelyWritten } from '../../shared/state/lately-written.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import type { RowWriter } from './row-writer.ts';

/** A writer that leaves behind what it wrote, for sources that leave out the echo of it. */
export function rememberWritten(
  writer: RowWriter,
  org: string,
  written: Pick<LatelyWritten, 'remember'>,
  logger: Logger,
): RowWriter {
  return {
    async write(writes, ...how) {
      const outcomes = await writer.write(writes, ...how);
      const rows = [...outcomes].flatMap(([{ operation, fields }, outcome]) => {
        if (outcome.kind !== 'written' || outcome.id === undefined || operation === 'publish') return [];
        return [{ id: outcome.id, fields }];
      });
      try {
        if (rows.length > 0) await written.remember(org, rows);
      } catch (error) {
        // The rows are written all the same; their echo is published then, which costs a round and loses nothing.
        logger.warn('what was written could not be remembered', { org, rows: rows.length, ...errorFields(error) });
      }
      return outcomes;
    },
  };
}
