import { BridgeError } from '../errors/bridge-error.ts';
import { type DescribedField, keptByBridge, type PushTopicCapture, pushTopicRow } from './push-topic-row.ts';
import { soqlLiteral } from './soql.ts';

/** What making a PushTopic asks of an org. */
export interface PushTopicOrg {
  query(soql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  create(object: string, fields: Readonly<Record<string, unknown>>): Promise<string>;
  describe(object: string): Promise<{ readonly fields: readonly DescribedField[] }>;
  request(request: { method: 'PATCH'; path: string; body: unknown }): Promise<unknown>;
}

/**
 * `repaired`: its query named fields that are gone, so it told of nothing until now. `outgrown`: the object has fields now that do not fit into the PushTopic's query, which stays as it was.
 */
export type PushTopicOutcome = 'existed' | 'created' | 'updated' | 'repaired' | { readonly outgrown: BridgeError };

const comparedFields = [
  'Query',
  'NotifyForFields',
  'NotifyForOperationCreate',
  'NotifyForOperationUpdate',
  'NotifyForOperationDelete',
  'NotifyForOperationUndelete',
] as const;

/**
 * Makes the PushTopic of a capture with `create: true` when the org has none of that name, and keeps one that the bridge
 * made in step with definition and describe. One that somebody else made is used as it is.
 *
 * @param broken is called before a PushTopic is repaired; what it remembers is remembered for certain.
 * @throws BridgeError SKB_CONFIG_INVALID when Salesforce would refuse a new one.
 */
export async function ensurePushTopic(
  capture: PushTopicCapture,
  apiVersion: string,
  org: PushTopicOrg,
  broken: () => Promise<void> = async () => undefined,
): Promise<PushTopicOutcome> {
  const named = `WHERE Name = ${soqlLiteral(capture.name)}`;
  const [existing] = await org.query(`SELECT Id, Description, ${comparedFields.join(', ')} FROM PushTopic ${named}`);
  if (existing !== undefined && existing['Description'] !== keptByBridge) return 'existed';
  const { fields } = await org.describe(capture.object);
  if (existing === undefined) {
    await org.create('PushTopic', pushTopicRow(capture, apiVersion, fields));
    return 'created';
  }
  try {
    const wanted = pushTopicRow(capture, apiVersion, fields);
    const differing = comparedFields.filter((name) => existing[name] !== wanted[name]);
    if (differing.length === 0) return 'existed';
    const body = Object.fromEntries(differing.map((name) => [name, wanted[name]]));
    const isBroken = selectedBy(String(existing['Query'])).some((name) => !isDescribed(name, fields));
    if (isBroken) await broken();
    await org.request({ method: 'PATCH', path: `/sobjects/PushTopic/${String(existing['Id'])}`, body });
    return isBroken ? 'repaired' : 'updated';
  } catch (error) {
    // What streams now goes on streaming.
    if (error instanceof BridgeError && error.code === 'SKB_CONFIG_INVALID') return { outgrown: error };
    throw error;
  }
}

/** The fields of a query that the bridge made. */
function selectedBy(query: string): string[] {
  return /^SELECT (.+?) FROM /.exec(query)?.[1]?.split(', ') ?? [];
}

function isDescribed(name: string, fields: readonly DescribedField[]): boolean {
  return fields.some((field) => field.name === name);
}
