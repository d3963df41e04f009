import { asBridgeError } from '../errors/bridge-error.ts';
import { toRowResults } from './collections.ts';
import { type CallAnswer, failedAnswer } from './composite.ts';
import type { OrgClient } from './rest-client.ts';
import { escapeXml, type XmlNode } from './soap.ts';

/** Rows per call: https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_undelete.htm */
export const maxUndeletesPerCall = 200;

/** Brings up to 200 rows back from the recycle bin, by Id. Never throws for what Salesforce or the network did. */
export async function undeleteByIds(rest: Pick<OrgClient, 'soap'>, ids: readonly string[]): Promise<CallAnswer> {
  try {
    const list = ids.map((id) => `<urn:ids>${escapeXml(id)}</urn:ids>`).join('');
    const { result } = await rest.soap(`<urn:undelete>${list}</urn:undelete>`);
    const results = Array.isArray(result) ? result.map((each: XmlNode) => ({ ...each, ...successOf(each) })) : result;
    return { kind: 'rows', results: toRowResults(results, ids.length) };
  } catch (thrown) {
    return failedAnswer(asBridgeError(thrown));
  }
}

/** XML has texts only. */
function successOf({ success }: XmlNode): { success: boolean } {
  return { success: success === 'true' };
}
