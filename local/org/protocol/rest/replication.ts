import type { OrgServices } from '../../services.ts';
import type { Row } from '../../store/definitions.ts';
import { ApiError } from '../../store/errors.ts';
import { parseDateTime } from '../../store/values.ts';
import { objectOf, type Parameters, type RestHandler } from './call.ts';
import type { RestCall } from './rest-call.ts';

/** Deleted rows are known for as long as the recycle bin keeps them. */
const oldestMs = 30 * 86_400_000;

/** `sobjects/X/deleted`: IDs of the rows deleted between `start` and `end`. */
export const deletedRecords: RestHandler = (call, parameters, services) => {
  const { rows, end } = changedRows(call, parameters, services);
  const records = rows
    .filter((row) => row['IsDeleted'] === true)
    .map((row) => ({ deletedDate: wireTime(String(row['SystemModstamp'])), id: row.Id }));
  const earliest = wireTime(new Date(services.clock.now() - oldestMs).toISOString());
  const body = { deletedRecords: records, earliestDateAvailable: earliest, latestDateCovered: wireTime(end) };
  return { status: 200, body };
};

/** `sobjects/X/updated`: IDs of the rows created or changed between `start` and `end`. */
export const updatedRecords: RestHandler = (call, parameters, services) => {
  const { rows, end } = changedRows(call, parameters, services);
  const ids = rows.filter((row) => row['IsDeleted'] !== true).map((row) => row.Id);
  return { status: 200, body: { ids, latestDateCovered: wireTime(end) } };
};

function changedRows(call: RestCall, parameters: Parameters, services: OrgServices) {
  const object = objectOf(parameters, services);
  const start = dateOf(call, 'start');
  const end = dateOf(call, 'end');
  if (start >= end)
    throw new ApiError(400, 'INVALID_REPLICATION_DATE', 'startDate before org replication enabled date');
  const rows = [...services.database.table(object).all()].filter((row: Row) => {
    const stamp = String(row['SystemModstamp'] ?? '');
    return stamp >= start && stamp < end;
  });
  return { rows, end };
}

/** A plus sign of an offset comes unescaped from many clients, which makes it a blank. */
function dateOf(call: RestCall, name: string): string {
  const text = call.query.get(name);
  if (text === null) throw new ApiError(400, 'MISSING_ARGUMENT', `Missing required parameter: ${name}`);
  const date = parseDateTime(text.replace(' ', '+'));
  if (date === undefined) throw new ApiError(400, 'INVALID_REPLICATION_DATE', `Invalid ${name}: ${text}`);
  return date;
}

function wireTime(iso: string): string {
  return iso.replace('Z', '+0000');
}
