import { describe, expect, it } from 'vitest';
import { type Draft, toDelivery, toRowRecords } from '../../../../functions/poller/to-delivery.ts';
import { toConnectSchema } from '../../../../shared/salesforce/connect-schema.ts';
import type { ChangedRow } from '../../../../shared/salesforce/row-record.ts';
import { productChannel, productEvent, source, startOfTime } from './in-memory.ts';

const schema = toConnectSchema('Product2', [
  { name: 'Id', type: 'id' },
  { name: 'Name', type: 'string' },
  { name: 'CreatedDate', type: 'datetime' },
]);
const misfit: ChangedRow = {
  channel: productChannel,
  replayId: '1',
  orgId: '00D000000000001AAA',
  id: '01t000000000001AAA',
  object: 'Product2',
  type: 'created',
  fields: { CreatedDate: 'never' },
  committedAt: startOfTime,
  headers: {},
};
const connected = source({ name: 'connected', format: 'connect', deadLetterTopic: 'misfits' });

describe('a value that is not of its field’s type, in format connect', () => {
  it('makes a dead letter of the event as it came, for the source that cannot show it and for no other', () => {
    const event = productEvent(1);
    const draft: Draft = {
      event,
      orgId: '00D000000000001AAA',
      subscription: { sources: [], isBeforeStart: () => false },
      shares: [
        { source: connected, rows: [{ ...misfit, fields: { Name: 'fits' } }, misfit] },
        { source: source(), rows: [misfit] },
      ],
      deadLetters: [],
      skipped: [],
    };
    const { records, deadLetters } = toDelivery(draft, () => schema);
    expect(records).toMatchObject([{ topic: 'products' }]);
    expect(deadLetters).toMatchObject([{ topic: 'misfits', value: event.text }]);
    expect(String(deadLetters[0]?.headers.find(({ name }) => name === 'bridge.error.message')?.value)).toContain(
      'Product2.CreatedDate',
    );
  });

  it('makes a dead letter of a row that was read', () => {
    const [letter, ...others] = toRowRecords({ ...misfit, replayId: undefined }, connected, schema);
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ topic: 'misfits', key: null });
    expect(JSON.parse(String(letter?.value))).toEqual({
      Id: '01t000000000001AAA',
      CreatedDate: 'never',
      _ObjectType: 'Product2',
      _EventType: 'created',
    });
  });
});
