import type { Capture } from '../bridge/bridge.ts';
import { BridgeError } from '../errors/bridge-error.ts';

// What is checked here is what Salesforce would refuse, but with the place and the way out:
// https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_pushtopic.htm
// https://developer.salesforce.com/docs/atlas.en-us.api_streaming.meta/api_streaming/unsupported_soql_statements.htm

export interface DescribedField {
  readonly name: string;
  readonly type: string;
  readonly length?: number;
  readonly calculated?: boolean;
}

export type PushTopicCapture = Extract<Capture, { kind: 'pushTopic' }>;
export type PushTopicRow = Readonly<Record<string, string | number | boolean>>;

const MAX_NAME_LENGTH = 25;
const MAX_QUERY_LENGTH = 1300;
/** A textarea longer than this is a long text area. */
const MAX_TEXT_AREA_LENGTH = 255;

/** Types that a PushTopic cannot select; compound fields come as their parts. */
const unselectable: Readonly<Record<string, string>> = {
  address: 'is a compound field; its parts can be selected',
  location: 'is a compound field; its parts can be selected',
  encryptedstring: 'is encrypted',
  base64: 'is a file',
  complexvalue: 'has no simple value',
};

/** What a condition of a PushTopic cannot hold, outside of its literals. */
const unsupportedInConditions: readonly (readonly [RegExp, string])[] = [
  [/\bselect\b/i, 'has a sub-select'],
  [/\b(order\s+by|group\s+by|limit|offset|having|with|using)\b/i, 'has a clause after the condition'],
  [/\bnot\b/i, 'has a NOT; use != or NOT IN turned around'],
  [/\btypeof\b/i, 'has a TYPEOF'],
  [/\w\.\w/, 'has a field of a related object'],
  [/\b(?!(?:in|and|or|like|includes|excludes)\b)[a-z_]\w*\s*\(/i, 'calls a function'],
];

/** Tells PushTopics that the bridge keeps in step with their object from those that somebody made. */
export const keptByBridge = 'Made by salesforce-kafka-bridge and kept in step with the fields of its object';

/**
 * The PushTopic's row, checked before it is sent.
 *
 * @throws BridgeError SKB_CONFIG_INVALID with every problem at once.
 */
export function pushTopicRow(
  capture: PushTopicCapture,
  apiVersion: string,
  described: readonly DescribedField[],
): PushTopicRow {
  const { name, object, where, notifyForFields = 'Referenced', notifyFor } = capture;
  const { fields, problems } = selectFields(capture, described);
  const query = `SELECT ${fields.join(', ')} FROM ${object}${where === undefined ? '' : ` WHERE ${where}`}`;
  problems.push(
    ...tooLong('its name', name.length, MAX_NAME_LENGTH, 'Choose a shorter one.'),
    ...tooLong(
      `its query, with ${fields.length} fields of ${object},`,
      query.length,
      MAX_QUERY_LENGTH,
      waysOut(fields, query.length),
    ),
    ...(where === undefined ? [] : checkCondition(where, described)),
  );
  if (fields.length < 2 && notifyForFields !== 'All') {
    problems.push("selects no field but Id, so that only notifyForFields: 'All' would ever notify");
  }
  if (problems.length > 0) {
    throw new BridgeError('SKB_CONFIG_INVALID', `PushTopic ${name} cannot be made: ${problems.join('; ')}`, {
      context: { pushTopic: name, object, problems },
    });
  }
  return {
    Name: name,
    Query: query,
    ApiVersion: Number(apiVersion),
    Description: keptByBridge,
    NotifyForFields: notifyForFields,
    NotifyForOperationCreate: notifyFor?.create ?? true,
    NotifyForOperationUpdate: notifyFor?.update ?? true,
    NotifyForOperationDelete: notifyFor?.delete ?? true,
    NotifyForOperationUndelete: notifyFor?.undelete ?? true,
  };
}

function selectFields(
  { fields: wanted, object }: PushTopicCapture,
  described: readonly DescribedField[],
): { fields: string[]; problems: string[] } {
  if (wanted === undefined) {
    return {
      fields: described.filter((field) => whyNot(field) === undefined).map((field) => field.name),
      problems: [],
    };
  }
  const problems: string[] = [];
  const fields = ['Id'];
  for (const name of wanted) {
    const field = described.find((each) => each.name.toLowerCase() === name.toLowerCase());
    const reason = field === undefined ? `is no field of ${object}` : whyNot(field);
    if (reason !== undefined) problems.push(`${name} ${reason}`);
    else if (field !== undefined && !fields.includes(field.name)) fields.push(field.name);
  }
  return { fields, problems };
}

/** Why a PushTopic cannot select a field; undefined when it can. */
function whyNot({ type, length = 0 }: DescribedField): string | undefined {
  if (type === 'textarea' && length > MAX_TEXT_AREA_LENGTH) return 'is a long text area';
  return unselectable[type];
}

function checkCondition(where: string, described: readonly DescribedField[]): string[] {
  const bare = where.replace(/'(?:\\.|[^'\\])*'/g, "''");
  const problems = unsupportedInConditions.flatMap(([pattern, problem]) =>
    pattern.test(bare) ? [`its condition ${problem}`] : [],
  );
  const words = new Set(bare.toLowerCase().match(/[a-z_]\w*/g) ?? []);
  for (const { name, type, length = 0, calculated = false } of described) {
    if (!words.has(name.toLowerCase())) continue;
    if (calculated) problems.push(`its condition uses ${name}, a formula`);
    if (type === 'textarea' && length > MAX_TEXT_AREA_LENGTH)
      problems.push(`its condition uses ${name}, a long text area`);
  }
  return problems;
}

/** The longest names first, because leaving out one of them saves most. */
function waysOut(fields: readonly string[], length: number): string {
  const longest = fields.filter((name) => name !== 'Id').toSorted((one, other) => other.length - one.length);
  const dropped: string[] = [];
  let rest = length;
  for (const name of longest) {
    if (rest <= MAX_QUERY_LENGTH) break;
    dropped.push(name);
    rest -= name.length + 2;
  }
  const names =
    dropped.length > 8 ? `${dropped.slice(0, 8).join(', ')} and ${dropped.length - 8} more` : dropped.join(', ');
  return `Name the fields you need with fields (without ${names} it fits), divide them between two PushTopics, or use changeDataCapture.`;
}

function tooLong(what: string, length: number, limit: number, hint: string): string[] {
  return length <= limit ? [] : [`${what} has ${length} characters; Salesforce takes ${limit}. ${hint}`];
}
