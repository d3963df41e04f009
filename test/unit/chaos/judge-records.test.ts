import { describe, expect, it } from 'vitest';
import { judgeRecords } from '../../chaos/source/judge-records.ts';
import type { Marks } from '../../chaos/source/marked-changes.ts';

const marks: Marks = new Map([
  ['load 1', { rowId: 'A', version: 1 }],
  ['load 2', { rowId: 'A', version: 2 }],
  ['load 3', { rowId: 'B', version: 1 }],
  ['A', { rowId: 'A', version: 3 }],
]);

function named(...names: string[]) {
  return names.map((Name) => ({ value: JSON.stringify({ Name, _EventType: 'updated' }) }));
}

const deletion = { value: JSON.stringify({ Id: 'A', _EventType: 'deleted' }) };

describe('the judgement of published records', () => {
  it('is clean when each change is there once, and each row in order', () => {
    expect(judgeRecords(marks, [...named('load 3', 'load 1', 'load 2'), deletion])).toEqual({
      sent: 4,
      published: 4,
      lost: [],
      duplicated: 0,
      reordered: 0,
      unknown: 0,
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
    expect(judgeRecords(marks, [...named('someone else'), { value: undefined }])).toMatchObject({ unknown: 2 });
  });
});
