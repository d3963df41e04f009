import { describe, expect, it } from 'vitest';
import { createPublishingTurns } from '../../../../../functions/poller/reread/publishing-turns.ts';
import type { OutgoingRecord } from '../../../../../shared/kafka/record-producer.ts';

const record = (key: string): OutgoingRecord => ({ topic: 'leads', key, value: null, headers: [] });
const working = () => new AbortController().signal;

describe('records that wait for their turn', () => {
  it('ring, are made when it is their turn, and are published in the order in which they came', async () => {
    const turns = createPublishingTurns();
    let rung = 0;
    turns.restart(() => {
      rung += 1;
    }, working());
    let newest = 'old';
    const waiting = [turns.wait(() => [record('first')]), turns.wait(() => [record(newest)])];
    expect([rung, turns.waits]).toEqual([2, true]);
    newest = 'new';
    const published: (string | Buffer | null)[] = [];
    await turns.publishAll(async (records) => void published.push(...records.map(({ key }) => key)));
    await Promise.all(waiting);
    expect(published).toEqual(['first', 'new']);
    expect(turns.waits).toBe(false);
  });

  it('tell who waits and who publishes of a failure, and leave the rest waiting', async () => {
    const turns = createPublishingTurns();
    turns.restart(() => undefined, working());
    const refused = new Error('refused');
    const first = expect(turns.wait(() => [record('first')])).rejects.toBe(refused);
    const second = turns.wait(() => [record('second')]);
    await expect(turns.publishAll(() => Promise.reject(refused))).rejects.toBe(refused);
    await first;
    expect(turns.waits).toBe(true);
    await turns.publishAll(async () => undefined);
    await second;
  });

  it('stop waiting when the channel is given up, and are forgotten by its next owner', async () => {
    const turns = createPublishingTurns();
    const owned = new AbortController();
    turns.restart(() => undefined, owned.signal);
    const given = expect(turns.wait(() => [record('first')])).rejects.toThrow('given up');
    owned.abort(new Error('given up'));
    await given;
    turns.restart(() => undefined, working());
    expect(turns.waits).toBe(false);
  });
});
