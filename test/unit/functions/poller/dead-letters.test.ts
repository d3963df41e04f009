import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutLetter, toEventDeadLetter, toRecordDeadLetter } from '../../../../functions/poller/dead-letters.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import { toHeaders } from '../../../../shared/kafka/headers.ts';
import { publishedIdentity } from '../../../../shared/kafka/published-log.ts';
import { productEvent, source } from './in-memory.ts';

const reason = new BridgeError('SKB_RECORD_TOO_LARGE', 'over 1 MB');
const letter = toEventDeadLetter(productEvent(3), source(), '00D', reason);

describe('a letter that is cut', () => {
  it('is its text again when its parts are joined, and each of them is a text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
        fc.integer({ min: 4, max: 30 }),
        (text, bytes) => {
          const parts = cutLetter({ ...letter, value: text }, bytes).map(({ value }) => Buffer.from(value ?? ''));
          expect(parts.map(String).join('')).toBe(text);
          for (const part of parts) expect(part.length).toBeLessThanOrEqual(bytes);
        },
      ),
    );
  });

  it('numbers its parts, by which the log tells them apart', () => {
    const parts = cutLetter({ ...letter, value: 'abcdef' }, 4);
    const numbers = parts.map(({ headers }) => headers.find(({ name }) => name === 'bridge.part')?.value);
    expect(numbers).toEqual(['1/2', '2/2']);
    expect(new Set([letter, ...parts].map(publishedIdentity)).size).toBe(3);
  });
});

it('the letter of a row keeps its key, its value and all that its record says of its origin', () => {
  const origin = toHeaders({ 'bridge.source': 'products', 'bridge.reread.id': 'gap#3#Product2' });
  const record = { topic: 'products', key: '{"Id":"01t"}', value: '{"Id":"01t"}', headers: origin, timestamp: 1 };
  const { headers, ...rest } = toRecordDeadLetter(record, 'products.dead-letter', reason);
  expect(rest).toEqual({ topic: 'products.dead-letter', key: record.key, value: record.value });
  expect(headers).toEqual([
    ...origin,
    ...toHeaders({ 'bridge.error.code': 'SKB_RECORD_TOO_LARGE', 'bridge.error.message': 'over 1 MB' }),
  ]);
});
