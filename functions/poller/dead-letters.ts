import type { Source } from '../../shared/bridge/bridge.ts';
import type { BridgeError } from '../../shared/errors/bridge-error.ts';
import { toHeaders } from '../../shared/kafka/headers.ts';
import type { OutgoingRecord } from '../../shared/kafka/record-producer.ts';
import type { BayeuxEvent } from '../../shared/salesforce/bayeux-client.ts';
import { coordinateHeaders } from '../../shared/salesforce/source-record.ts';

/** An event that no record can be made of, stored with its original text, so that it can be decoded later. */
export function toEventDeadLetter(
  event: Pick<BayeuxEvent, 'channel' | 'text'> & { readonly replayId: string | undefined },
  source: Source,
  orgId: string,
  reason: BridgeError,
): OutgoingRecord {
  return {
    topic: source.deadLetterTopic,
    key: null,
    value: event.text,
    headers: toHeaders({
      'bridge.source': source.name,
      ...reasonHeaders(reason),
      ...coordinateHeaders(event, orgId),
    }),
  };
}

/** The record of a row that was read, which Kafka refuses, for the dead-letter topic of its source. */
export function toRecordDeadLetter(record: OutgoingRecord, topic: string, reason: BridgeError): OutgoingRecord {
  const { key, value, headers } = record;
  return { topic, key, value, headers: [...headers, ...toHeaders(reasonHeaders(reason))] };
}

function reasonHeaders({ code, message }: BridgeError): Record<string, string> {
  return { 'bridge.error.code': code, 'bridge.error.message': message };
}

/**
 * Cuts a letter into parts, which are its text again when they are joined; none is cut within a character.
 *
 * @param bytes that the value of a part may have.
 */
export function cutLetter(letter: OutgoingRecord, bytes: number): readonly OutgoingRecord[] {
  const whole = Buffer.from(letter.value ?? '');
  const values: Buffer[] = [];
  for (let start = 0; start < whole.length; ) {
    const end = characterBorder(whole, Math.min(start + bytes, whole.length));
    values.push(whole.subarray(start, end));
    start = end;
  }
  return values.map((value, index) => ({
    ...letter,
    value,
    headers: [...letter.headers, ...toHeaders({ 'bridge.part': `${index + 1}/${values.length}` })],
  }));
}

/** Where a character of a text in UTF-8 begins, at a place or up to three bytes before it. */
function characterBorder(text: Buffer, place: number): number {
  let border = place;
  // https://www.rfc-editor.org/rfc/rfc3629#section-3: a byte 10xxxxxx goes on with the character before.
  while (border < text.length && ((text[border] ?? 0) & 0b1100_0000) === 0b1000_0000) border -= 1;
  return border;
}
