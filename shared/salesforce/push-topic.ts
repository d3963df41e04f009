import type { Capture } from '../bridge/define-bridge.ts';
import { BridgeError } from '../errors/bridge-error.ts';
import { soqlLiteral } from './soql.ts';

/** What making a PushTopic asks of an org. */
export interface PushTopicOrg {
  query(soql: string): Promise<readonly object[]>;
  create(object: string, fields: Readonly<Record<string, unknown>>): Promise<string>;
  describe(object: string): Promise<{ readonly fields: readonly DescribedField[] }>;
}

export interface DescribedField {
  readonly name: string;
  readonly type: string;
  readonly length?: number;
}

export type PushTopicCapture = Extract<Capture, { kind: 'pushTopic' }>;

// https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_pushtopic.htm
const MAX_NAME_LENGTH = 25;
const MAX_QUERY_LENGTH = 1300;

// Compound fields come as their parts; the others cannot be selected by a PushTopic:
// https://developer.salesforce.com/docs/atlas.en-us.api_streaming.meta/api_streaming/unsupported_soql_statements.htm
const unsupportedTypes: ReadonlySet<string> = new Set(['address', 'location', 'encryptedstring', 'base64']);
/** A textarea longer than this is a long text area. */
const MAX_TEXT_AREA_LENGTH = 255;

/**
 * Makes the PushTopic of a capture with `create: true` when the org has none of that name; one that exists is used as it is.
 *
 * @throws BridgeError SKB_CONFIG_INVALID when Salesforce would refuse it for its size.
 */
export async function ensurePushTopic(
  capture: PushTopicCapture,
  apiVersion: string,
  org: PushTopicOrg,
): Promise<'existed' | 'created'> {
  const existing = await org.query(`SELECT Id FROM PushTopic WHERE Name = ${soqlLiteral(capture.name)}`);
  if (existing.length > 0) return 'existed';
  const { fields } = await org.describe(capture.object);
  await org.create('PushTopic', pushTopicRow(capture, apiVersion, fields));
  return 'created';
}

/** The PushTopic's row, checked before it is sent. */
export function pushTopicRow(
  { name, object }: PushTopicCapture,
  apiVersion: string,
  fields: readonly DescribedField[],
): Readonly<Record<string, unknown>> {
  const names = fields.filter(isSelectable).map((field) => field.name);
  const query = `SELECT ${names.join(', ')} FROM ${object}`;
  checkLength(`The name of PushTopic ${name}`, name.length, MAX_NAME_LENGTH, 'Choose a shorter one.');
  checkLength(
    `The query of PushTopic ${name} selects ${names.length} fields of ${object} and`,
    query.length,
    MAX_QUERY_LENGTH,
    'Make the PushTopic in Salesforce with the fields you need and leave create out, or use changeDataCapture.',
  );
  return {
    Name: name,
    Query: query,
    ApiVersion: Number(apiVersion),
    NotifyForFields: 'Referenced',
    NotifyForOperationCreate: true,
    NotifyForOperationUpdate: true,
    NotifyForOperationDelete: true,
    NotifyForOperationUndelete: true,
  };
}

function isSelectable({ type, length = 0 }: DescribedField): boolean {
  return !unsupportedTypes.has(type) && !(type === 'textarea' && length > MAX_TEXT_AREA_LENGTH);
}

function checkLength(what: string, length: number, limit: number, hint: string): void {
  if (length <= limit) return;
  throw new BridgeError('SKB_CONFIG_INVALID', `${what} has ${length} characters; Salesforce takes ${limit}. ${hint}`, {
    context: { length, limit },
  });
}
