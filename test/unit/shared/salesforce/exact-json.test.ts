import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactNumber, isJsonObject, parseExact, splitArray } from '../../../../shared/salesforce/exact-json.ts';

describe('parseExact', () => {
  it('keeps replay IDs and commit numbers as text, since a double would round them', () => {
    expect(parseExact('{"event":{"replayId":9007199254740993},"h":{"commitNumber":11099511627776001}}')).toEqual({
      event: { replayId: '9007199254740993' },
      h: { commitNumber: '11099511627776001' },
    });
  });

  it('keeps short ones as text too, and leaves their names in other places alone', () => {
    const text = '{"event":{"replayId":12},"list":[{"commitNumber":345}],"Name":"replayId","commitNumber":null}';
    expect(parseExact(text)).toEqual({
      event: { replayId: '12' },
      list: [{ commitNumber: '345' }],
      Name: 'replayId',
      commitNumber: null,
    });
  });

  it('writes a number of 18 digits as it was read, and leaves ordinary numbers alone', () => {
    const text = '{"Amount":9999999999999999.99,"Price":19.99,"Count":3}';
    expect(JSON.stringify(parseExact(text))).toBe(text);
    expect(parseExact('{"Price":19.99}')).toEqual({ Price: 19.99 });
  });

  it('finds a number of 16 digits wherever it stands', () => {
    for (const before of Array.from({ length: 40 }, (_, length) => 'x'.repeat(length))) {
      const text = `{"${before}":9007199254740993}`;
      expect(JSON.stringify(parseExact(text))).toBe(text);
    }
  });

  it('does not take an exact number for an object', () => {
    const { Amount } = parseExact('{"Amount":123456789012345678}') as { Amount: unknown };
    expect(isJsonObject(Amount)).toBe(false);
  });
});

describe('exactNumber', () => {
  it('sends whole numbers of any size as numbers, and anything else as text', () => {
    expect(JSON.stringify({ id: exactNumber('9007199254740993') })).toBe('{"id":9007199254740993}');
    expect(JSON.stringify({ id: exactNumber('AAb-1') })).toBe('{"id":"AAb-1"}');
  });
});

describe('splitArray', () => {
  it.each([
    ['[]', []],
    [' [ {"a":1} , {"b":[1,{"c":2}]} ] ', ['{"a":1}', '{"b":[1,{"c":2}]}']],
    ['[{"text":"a,]}\\"[{"},{"b":"\\\\"}]', ['{"text":"a,]}\\"[{"}', '{"b":"\\\\"}']],
  ])('cuts %s into the texts of its elements', (text, elements) => {
    expect(splitArray(text)).toEqual(elements);
  });

  it('cuts any array into texts that parse to its elements', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('\\', '\\\\', '"', '\\"', '",', '[{'));
    const element = fc.oneof(fc.jsonValue(), fc.array(text), fc.dictionary(text, text));
    fc.assert(
      fc.property(fc.array(element), (elements) => {
        const json = JSON.stringify(elements);
        expect(splitArray(json)?.map((each): unknown => JSON.parse(each))).toEqual(JSON.parse(json));
      }),
    );
  });

  it.each(['{"a":1}', '<html></html>', ''])('says that %j is no array', (text) => {
    expect(splitArray(text)).toBeUndefined();
  });
});

it('parses texts without long numbers like JSON.parse, and keeps the digits of any other', () => {
  const anyNumber = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.bigInt().map(String),
    fc.integer(),
  );
  fc.assert(
    fc.property(anyNumber, fc.string(), (number, text) => {
      const source = `{"Price":${String(number)},"Text":${JSON.stringify(text)}}`;
      const written = JSON.stringify(parseExact(source));
      expect(JSON.parse(written)).toEqual(JSON.parse(source));
      if (typeof number === 'string') expect(written).toContain(`"Price":${number}`);
    }),
  );
});
