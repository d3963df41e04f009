import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeEventSchema, isChangeEvent } from '../../../../shared/salesforce/change-event-shape.ts';
import { parseExact } from '../../../../shared/salesforce/exact-json.ts';

const usual = {
  schema: 'I8b-dYxvxs5wOtCBr4qsew',
  event: { replayId: '12', EventUuid: '0005e192-9e62-2554-3880-3c3718bd6308' },
  payload: {
    Name: 'Bolt',
    ChangeEventHeader: {
      entityName: 'Product2',
      recordIds: ['01t000000000001AAA', '01t000000000002AAA'],
      changeType: 'UPDATE',
      commitTimestamp: 1608073758000,
      commitNumber: '74487681550',
      commitUser: '005000000000001AAA',
      transactionKey: '0005e192-9e62-2554-3880-3c3718bd6308',
      sequenceNumber: 1,
      changeOrigin: '',
      changedFields: ['Name'],
    },
  },
};

/** What may stand in the place of a member, as JSON brings it; undefined: the member is missing. */
const other = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    '',
    'text',
    0,
    -1,
    1.5,
    2 ** 53,
    8.64e15,
    8.64e15 + 1,
    true,
    'GAP_OVERFLOW',
    'MERGE',
    'toString',
  ),
  fc.constantFrom([], {}, [''], ['a', ''], ['a', 'b'], ['a', 1], { replayId: '1' }),
  fc.constantFrom('12345678901234567890.5', '[12345678901234567890]').map((digits) => parseExact(digits)),
  fc.jsonValue({ maxDepth: 2 }),
);
const paths = [
  [],
  ...['schema', 'event', 'payload', 'elsewhere'].map((name) => [name]),
  ...['replayId', 'EventUuid'].map((name) => ['event', name]),
  ...['Name', 'ChangeEventHeader'].map((name) => ['payload', name]),
  ...[...Object.keys(usual.payload.ChangeEventHeader), 'nulledFields'].map((name) => [
    ...['payload', 'ChangeEventHeader', name],
  ]),
  ['payload', 'ChangeEventHeader', 'recordIds', '0'],
  ['payload', 'ChangeEventHeader', 'changedFields', '0'],
];
const changes = fc.array(fc.tuple(fc.constantFrom(...paths), other), { minLength: 1, maxLength: 3 });

function withMember(value: unknown, [name, ...rest]: readonly string[], member: unknown): unknown {
  if (name === undefined) return member;
  if (typeof value !== 'object' || value === null) return value;
  // A list in JSON has no holes.
  if (Array.isArray(value)) return value.map((each, index) => (String(index) === name ? (member ?? null) : each));
  const copy: Record<string, unknown> = { ...value };
  if (member === undefined && rest.length === 0) delete copy[name];
  else copy[name] = withMember(copy[name], rest, member);
  return copy;
}

describe('the quick judgement on change events', () => {
  it('is yes for what Salesforce sends', () => {
    expect(isChangeEvent(usual)).toBe(true);
  });

  it('is the one of the schema, whatever stands in the place of members', () => {
    fc.assert(
      fc.property(changes, (all) => {
        const data = all.reduce<unknown>((changed, [path, member]) => withMember(changed, path, member), usual);
        expect(isChangeEvent(data)).toBe(changeEventSchema.safeParse(data).success);
      }),
      { numRuns: 3000 },
    );
  });
});
