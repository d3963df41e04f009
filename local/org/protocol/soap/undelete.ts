import type { OrgServices } from '../../services.ts';
import { rowError } from '../../store/errors.ts';
import { toId18 } from '../../store/ids.ts';
import { failed } from '../../store/row-outcome.ts';
import { Transaction } from '../../store/transaction.ts';
import type { RowOutcome } from '../../store/write-context.ts';
import type { Session } from '../oauth/sessions.ts';
import { elementsXml, faultXml, responseXml } from './envelope.ts';
import type { SoapAnswer, SoapCall } from './soap-call.ts';

const maxRows = 200;

/** Rows come back from the recycle bin one by one, with what was deleted because of them (SOAP guide, `undelete()`). */
export function undelete(
  { dialect, version, operation }: SoapCall,
  { user, app }: Session,
  services: OrgServices,
): SoapAnswer {
  const { counters, settings, database, faults } = services;
  if (counters.callsToday() >= settings.dailyApiRequests) {
    return { fault: faultXml(dialect, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.', 'ApiFault') };
  }
  counters.count('other', app.name);
  const ids = [operation.parameters['ids'] ?? []].flat().map(String);
  if (ids.length > maxRows) {
    const message = `record limit reached. cannot submit more than ${maxRows} records into this call`;
    return { fault: faultXml(dialect, 'EXCEEDED_ID_LIMIT', message, 'ApiFault') };
  }
  const transaction = new Transaction(database, {
    userId: user.id,
    appName: app.name,
    origin: `com/salesforce/api/soap/${version}.0;client=${operation.client ?? ''}`,
    unknownField: 'row',
    intercept: (object, id) => faults.rowErrorFor(object, id),
  });
  const outcomes = ids.map((id): RowOutcome => {
    const object = database.schema.findByPrefix(id);
    if (toId18(id) === undefined || object === undefined) {
      return failed(rowError('MALFORMED_ID', `malformed id ${id}`));
    }
    return transaction.restore(object, id);
  });
  transaction.commit();
  const limitInfo = { current: counters.callsToday(), limit: settings.dailyApiRequests, type: 'API REQUESTS' };
  return {
    xml: responseXml(
      dialect,
      'undelete',
      elementsXml({ result: outcomes.map(resultOf) }),
      elementsXml({ LimitInfoHeader: { limitInfo } }),
    ),
  };
}

/** UndeleteResult, in the order of its schema. */
function resultOf(outcome: RowOutcome) {
  if (outcome.ok) return { id: outcome.id, success: true };
  const errors = outcome.errors.map(({ statusCode, message, fields }) => ({ fields, message, statusCode }));
  return { errors, id: outcome.id ?? null, success: false };
}
