import { describe, expect, it } from 'vitest';
import { judgeRecords } from '../../chaos/source/judge-records.ts';
import type { Marks } from '../../chaos/source/marked-changes.ts';

const marks: Marks = new Map([
  ['load 1', { rowId: 'A', version: 1, at: 100_000 }],
  ['load 2', { rowId: 'A', version: 2, at: 200_000 }],
  ['load 3', { rowId: 'B', version: 1, at: 300_000 }],
  ['A', { rowId: 'A', version: 3, at: 400_000 }],
]);

function named(...names: string[]) {
  return names.map((Name) => ({ value: JSON.stringify({ Name, _EventType: 'updated' }), headers: {} }));
}

const deletion = { value: JSON.stringify({ Id: 'A', _EventType: 'deleted' }), headers: {} };

function reread(Name: string) {
  return { value: JSON.stringify({ Name, _EventType: 'snapshot' }), headers: { 'bridge.reread': 'replayLost' } };
}

function gap(onReplayLost: string, from: number, to: number | null) {
  const time = (ms: number) => new Date(ms).toISOString();
  const fields = { _EventType: 'gap', onReplayLost, from: time(from), to: to === null ? null : time(to) };
  return { value: JSON.stringify(fields), headers: {} };
}

describe('the judgement of published records', () => {
  it('is clean when each change is there once, and each row in order', () => {
    expect(judgeRecords(marks, [...named('load 3', 'load 1', 'load 2'), deletion])).toEqual({
      sent: 4,
      published: 4,
      lost: [],
      duplicated: 0,
      reordered: 0,
      unknown: 0,
      named: [],
      gaps: [],
    });
  });

  it('names what is lost, a deletion by the Id of its row', () => {
    expect(judgeRecords(marks, named('load 1', 'load 3')).lost).toEqual(['load 2', 'A']);
  });

  it('counts an older version that first comes after a newer one', () => {
    expect(judgeRecords(marks, named('load 2', 'load 1'))).toMatchObject({ reordered: 1, duplicated: 0 });
  });

  it('counts a repeat as a duplicate, not as out of order', () => {
    expect(judgeRecords(marks, named('load 1', 'load 2', 'load 1'))).toMatchObject({ reordered: 0, duplicated: 1 });
  });

  it('counts records that tell of no change', () => {
    expect(judgeRecords(marks, [...named('someone else'), { value: undefined, headers: {} }])).toMatchObject({
      unknown: 2,
    });
  });

  it('takes a row that was read again for no repeat, but for out of order when it is older', () => {
    const records = [...named('load 1', 'load 2', 'load 3'), deletion];
    expect(judgeRecords(marks, [...records, reread('load 3')])).toMatchObject({ duplicated: 0, reordered: 0 });
    expect(judgeRecords(marks, [...records, reread('load 2')])).toMatchObject({ duplicated: 0, reordered: 1 });
  });

  it('excuses what a gap record names: with a re-read only what was overwritten, else all of its time', () => {
    const resynced = [gap('resync', 150_000, 350_000), ...named('load 1'), deletion];
    expect(judgeRecords(marks, resynced)).toMatchObject({ lost: ['load 3'], named: [{ rowId: 'A', version: 2 }] });
    const skipped = [gap('latest', 150_000, 350_000), ...named('load 1')];
    expect(judgeRecords(marks, skipped)).toMatchObject({ lost: ['A'], named: [{ version: 2 }, { rowId: 'B' }] });
    expect(judgeRecords(marks, [gap('halt', 150_000, null), ...named('load 1')]).lost).toEqual([]);
  });
});
