import { describe, expect, it } from 'vitest';
import { BridgeError } from '../../../shared/errors/bridge-error.ts';
import type { OutgoingRecord } from '../../../shared/kafka/record-producer.ts';
import { source, until } from '../../unit/functions/poller/in-memory.ts';
import { create, type Parts, startAll, valuesOf, whileRunning } from './harness.ts';

/** Topics that take no value of more than so many bytes. */
function limit(parts: Pick<Parts, 'producer'>, limits: Readonly<Record<string, number>>): void {
  const publish = parts.producer.publish;
  parts.producer.publish = async (records) => {
    for (const { topic, value } of records) {
      if (Buffer.byteLength(value ?? '') <= (limits[topic] ?? Number.POSITIVE_INFINITY)) continue;
      throw new BridgeError('SKB_RECORD_TOO_LARGE', `Kafka did not acknowledge records for ${topic}: too large`);
    }
    await publish(records);
  };
}

const lettersOf = (parts: Pick<Parts, 'producer'>) =>
  parts.producer.records.filter(({ topic }) => topic === 'products.dead-letter');
const headerOf = ({ headers }: OutgoingRecord, wanted: string) =>
  headers.find(({ name }) => name === wanted)?.value.toString();

describe('a row that was read and is too large for its topic', () => {
  it('becomes a dead letter under its key; the other rows, the re-read and the events go on', async () => {
    await using all = await startAll();
    const ids = ['Bolt', 'Nut', 'Washer'].map((Name) => create(all.org, 'Product2', { Name }));
    const [, large = ''] = ids;
    all.org.control.changeRows({
      update: [{ attributes: { type: 'Product2' }, Id: large, Description: 'ö'.repeat(2000) }],
    });
    limit(all.parts, { products: 3000 });
    await whileRunning(all, [source()], async () => {
      // Salesforce tells of it by a gap event because it is too large for an event, too.
      all.org.control.addFault({ kind: 'gap-event', object: 'Product2', recordIds: ids, change: 'UPDATE' });
      await until(() => all.parts.logger.of('rows of gap events read again').length === 1);
      create(all.org, 'Product2', { Name: 'Screw' });
      await until(() => valuesOf(all.parts, 'products').length === 3);
    });
    expect(valuesOf(all.parts, 'products').map(({ Name }) => Name)).toEqual(['Bolt', 'Washer', 'Screw']);
    const letters = lettersOf(all.parts);
    expect(letters.map(({ key }) => key)).toEqual([`{"Id":"${large}"}`]);
    expect(JSON.parse(String(letters[0]?.value))).toMatchObject({ Id: large, Description: 'ö'.repeat(2000) });
    expect(letters.map((letter) => headerOf(letter, 'bridge.error.code'))).toEqual(['SKB_RECORD_TOO_LARGE']);
    expect(all.parts.counters.read()).toMatchObject({ rowsDeadLettered: 1, leasesTaken: 1 });
  });
});
