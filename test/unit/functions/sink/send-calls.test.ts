import { describe, expect, it } from 'vitest';
import { createPace } from '../../../../functions/sink/pace.ts';
import { coalesce, type RowWrite } from '../../../../functions/sink/row-write.ts';
import { type Attempt, type SendRequest, sendAttempts } from '../../../../functions/sink/send-calls.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import type { CallAnswer, CollectionsCall } from '../../../../shared/salesforce/composite.ts';
import { kafkaRecord } from '../../../fixtures/records.ts';

function attempt(name: string, object = 'Account', parent?: string): Attempt {
  const operation = object.endsWith('__e') ? 'publish' : 'update';
  const row = { Id: name };
  const [write] = coalesce([
    {
      record: kafkaRecord(0, name, null),
      place: 0,
      operation,
      object,
      ...(operation === 'publish' ? {} : { keyField: 'Id', key: `${object} id ${name}` }),
      fields: row,
      remember: [],
      parents: parent === undefined ? [] : [parent],
      provides: [],
    },
  ]) as [RowWrite];
  return { write, operation: operation === 'publish' ? 'create' : 'update', fields: row, isAlone: false };
}

const allWritten = (calls: readonly CollectionsCall[]): readonly CallAnswer[] =>
  calls.map(({ rows }) => ({ kind: 'rows', results: rows.map(() => ({ success: true, id: '001', created: false })) }));

async function send(attempts: readonly Attempt[], answer: SendRequest = async (calls) => allWritten(calls)) {
  const requests: (readonly CollectionsCall[])[] = [];
  const parts = {
    send: (calls: readonly CollectionsCall[]) => {
      requests.push(calls);
      return answer(calls);
    },
    pace: createPace(3),
    callTimeoutMs: 5_000,
  };
  const outcomes = await sendAttempts(parts, attempts, { remainingMs: () => 600_000 }, async () => false);
  return { requests, outcomes: attempts.map(({ write }) => outcomes.get(write)) };
}

describe('the rows of a call', () => {
  it('stand together by object, and by parent within it, since children of one parent lock it', async () => {
    const { requests } = await send([
      attempt('c1', 'Contact', 'account b'),
      attempt('a1', 'Account'),
      attempt('c2', 'Contact', 'account a'),
      attempt('c3', 'Contact', 'account b'),
      attempt('a2', 'Account'),
    ]);
    expect(requests.flat().map(({ rows }) => rows.map((row) => row['Id']))).toEqual([['a1', 'a2', 'c2', 'c1', 'c3']]);
  });
});

describe('requests', () => {
  it.each([
    ['Account', 3],
    ['Price__e', 1],
  ])('are so many at a time for %s: %s', async (object, most) => {
    let active = 0;
    let mostActive = 0;
    const many = Array.from({ length: 5_000 }, (_, n) => attempt(`n${n}`, object));
    const { requests } = await send(many, async (calls) => {
      active += 1;
      mostActive = Math.max(mostActive, active);
      await new Promise((resolve) => setImmediate(resolve));
      active -= 1;
      return allWritten(calls);
    });
    expect([requests.length, mostActive]).toEqual([5, most]);
  });
});

describe('a call', () => {
  it('that is left without an answer is in doubt', async () => {
    const { outcomes } = await send([attempt('a1'), attempt('p1', 'Price__e')], async ([first]) =>
      first === undefined ? [] : allWritten([first]),
    );
    expect(outcomes.map((outcome) => outcome?.kind)).toEqual(['written', 'inDoubt']);
  });

  it('that is refused for what the app may do stops its org, and says nothing of its rows', async () => {
    const error = new BridgeError('SKB_ROW_REJECTED', 'not enabled', { context: { status: 403 } });
    const { outcomes } = await send([attempt('a1'), attempt('a2')], async () => [{ kind: 'refused', error }]);
    const halted = { kind: 'notSent', error: { code: 'SKB_AUTH_REJECTED', disposition: 'halt' } };
    expect(outcomes).toMatchObject([halted, halted]);
  });
});
