import { sendCalls } from '../../../shared/salesforce/composite.ts';
import type { OrgClient } from '../../../shared/salesforce/rest-client.ts';
import { undeleteByIds } from '../../../shared/salesforce/undelete.ts';
import { writeHeaders } from '../../../shared/salesforce/write-headers.ts';
import { apiVersion } from '../../fixtures/org-client.ts';
import type { OrgPorts } from './sink-harness.ts';

/** An emulated org as the sink uses it, through the bridge's own client. */
export function portsOf(
  rest: OrgClient,
  call: Parameters<typeof writeHeaders>[0] = { allowDuplicates: false },
): OrgPorts {
  return {
    send: (calls) => sendCalls(rest, calls, { apiVersion, headers: writeHeaders(call) }),
    query: (soql) => rest.query(soql),
    queryAll: (soql) => rest.queryAll(soql),
    undelete: (ids) => undeleteByIds(rest, ids),
    describe: (object) => rest.describe(object),
    describes: rest.describes,
    clock: Date.now(),
  };
}
