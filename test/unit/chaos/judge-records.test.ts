import { describe, expect, it } from 'vitest';
import { judgeRecords } from '../../chaos/source/judge-records.ts';
import { type MarkedChange, type Marks, markOf } from '../../chaos/source/marked-changes.ts';

const marks: Marks = new Map([
  ['A load 1', { rowId: 'A', version: 1, at: 100_000 }],
  ['A load 2', { rowId: 'A', version: 2, at: 200_000 }],
  ['B load 3', { rowId: 'B', version: 1, at: 300_000 }],
  ['A', { rowId: 'A', version: 3, at: 400_000 }],
]);

function published(mark: string, fields: Readonly<Record<string, unknown>> = {}) {
  const [Id, ...name] = mark.split(' ');
  return { value: JSON.stringify({ Id, Name: name.join(' '), _EventType: 'updated', ...fields }), headers: {} };
}

const named = (...all: string[]) => all.map((mark) => published(mark));
const deletion = { value: JSON.stringify({ Id: 'A', _EventType: 'deleted' }), headers: {} };

function reread(mark: string, id = 'lost#1') {
  return { ...published(mark, { _EventType: 'snapshot' }), headers: { 'bridge.reread.id': id } };
}

function gap(onReplayLost: string, from: number, to: number | null, partition = 0) {
  const time = (ms: number) => new Date(ms).toISOString();
  const fields = { _EventType: 'gap', onReplayLost, from: time(from), to: to === null ? null : time(to) };
  return { partition, value: JSON.stringify(fields), headers: { 'bridge.reread.id': 'lost#1' } };
}

const judge = (records: Parameters<typeof judgeRecords>[1]) => judgeRecords(marks, records, 'changeDataCapture');

describe('the judgement of published records', () => {
  it('is clean when each change is there once, and each row in order', () => {
    expect(judge([...named('B load 3', 'A load 1', 'A load 2'), deletion])).toEqual({
      sent: 4,
      published: 4,
      lost: [],
      duplicated: 0,
      reordered: 0,
      unknown: 0,
      wrongValues: 0,
      named: [],
      namedWrongly: [],
      driftingAs: new Set(),
      gaps: [],
    });
  });

  it('names what is lost, a deletion by the Id of its row', () => {
    expect(judge(named('A load 1', 'B load 3')).lost).toEqual(['A load 2', 'A']);
  });

  it('misses the row that an event of several rows should have named as well', () => {
    const alike: Marks = new Map(
      ['A', 'B'].map((rowId, at) => [markOf(rowId, 'load 1'), { rowId, version: 1, at }] as const),
    );
    expect(judgeRecords(alike, named('A load 1'), 'changeDataCapture').lost).toEqual(['B load 1']);
  });

  it('counts an older version that first comes after a newer one', () => {
    expect(judge(named('A load 2', 'A load 1'))).toMatchObject({ reordered: 1, duplicated: 0 });
  });

  it('counts a repeat as a duplicate, not as out of order', () => {
    expect(judge(named('A load 1', 'A load 2', 'A load 1'))).toMatchObject({ reordered: 0, duplicated: 1 });
  });

  it('counts records that tell of no change', () => {
    expect(judge([...named('A someone else'), { value: undefined, headers: {} }])).toMatchObject({ unknown: 2 });
  });

  it('takes a row that was read again for no repeat, but for out of order when it is older', () => {
    const records = [...named('A load 1', 'A load 2', 'B load 3'), deletion];
    expect(judge([...records, reread('B load 3')])).toMatchObject({ duplicated: 0, reordered: 0 });
    expect(judge([...records, reread('A load 2')])).toMatchObject({ duplicated: 0, reordered: 1 });
  });

  it('counts a row that one re-read published twice, and a gap record that comes twice in a partition', () => {
    const all = [...named('A load 1', 'A load 2', 'B load 3'), deletion];
    const rows = [reread('B load 3'), reread('B load 3', 'lost#2')];
    expect(judge([...all, ...rows])).toMatchObject({ duplicated: 0 });
    expect(judge([...all, ...rows, reread('B load 3')])).toMatchObject({ duplicated: 1 });
    // Found while rows were read, deleted when deleted ones were looked for.
    const gone = { ...deletion, headers: { 'bridge.reread.id': 'lost#1' } };
    expect(judge([...all, reread('A load 2'), gone])).toMatchObject({ duplicated: 0 });
    const gaps = [gap('latest', 1, 2), gap('latest', 1, 2, 1)];
    expect(judge([...all, ...gaps])).toMatchObject({ duplicated: 0 });
    expect(judge([...all, ...gaps, gap('latest', 1, 3, 1)])).toMatchObject({ duplicated: 1 });
  });

  it('excuses what a gap record names: with a re-read only what was overwritten, else all of its time', () => {
    const resynced = [gap('resync', 150_000, 350_000), ...named('A load 1'), deletion];
    expect(judge(resynced)).toMatchObject({ lost: ['B load 3'], named: [{ rowId: 'A', version: 2 }] });
    const skipped = [gap('latest', 150_000, 350_000), ...named('A load 1')];
    expect(judge(skipped)).toMatchObject({ lost: ['A'], named: [{ version: 2 }, { rowId: 'B' }] });
    expect(judge([gap('halt', 150_000, null), ...named('A load 1')]).lost).toEqual([]);
  });

  it('finds a gap record too wide when events brought what it names', () => {
    const all = [...named('A load 1', 'A load 2', 'B load 3'), deletion];
    expect(judge([gap('latest', 150_000, 250_000), ...all]).namedWrongly).toEqual(['A load 2']);
    // Published right before the poller was killed, and not committed any more.
    expect(judge([gap('latest', 198_000, 250_000), ...all]).namedWrongly).toEqual([]);
    const rereadInHole = [gap('resync', 150_000, 250_000), ...named('A load 1'), reread('A load 2')];
    expect(judge(rereadInHole).namedWrongly).toEqual([]);
  });

  it('excuses a change that no event tells of only where that is so, and only by a newer version', () => {
    const change = (version: number, more: Partial<MarkedChange> = {}) => ({
      rowId: 'A',
      version,
      at: version,
      ...more,
    });
    const some: Marks = new Map([
      ['A load 1', change(1, { withoutEvent: 'changeEvents' })],
      ['A load 2', change(2)],
      ['A load 3', change(3, { withoutEvent: 'changeEvents' })],
    ]);
    expect(judgeRecords(some, named('A load 2'), 'changeDataCapture').lost).toEqual(['A load 3']);
    expect(judgeRecords(some, named('A load 2'), 'pushTopic').lost).toEqual(['A load 1', 'A load 3']);
  });

  it('counts values of the field that comes and goes which their change did not give', () => {
    const some: Marks = new Map([
      ['A load 1', { rowId: 'A', version: 1, at: 1, drifting: 'drift 1' }],
      ['A load 2', { rowId: 'A', version: 2, at: 2, drifting: 2 }],
      ['A load 3', { rowId: 'A', version: 3, at: 3 }],
    ]);
    const records = [
      published('A load 1', { Drift__c: 'drift 1' }),
      published('A load 2', { Drift__c: '2' }),
      published('A load 3', { Drift__c: null }),
    ];
    expect(judgeRecords(some, records, 'pushTopic')).toMatchObject({ wrongValues: 1, driftingAs: new Set(['string']) });
  });
});
