import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseElements } from '../../../../shared/salesforce/exact-elements.ts';
import { parseExact, splitArray } from '../../../../shared/salesforce/exact-json.ts';

describe('the elements of an array', () => {
  const digits = fc.oneof(fc.stringMatching(/^[1-9]\d{0,20}$/), fc.stringMatching(/^[1-9]\d{0,9}\.\d{1,12}$/));
  const member = fc.oneof(
    digits,
    fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.stringify(value)),
  );
  const element = fc
    .dictionary(fc.constantFrom('replayId', 'commitNumber', 'Amount', 'a,b'), member)
    .map((members) => `{${Object.entries(members).map(([name, text]) => `${JSON.stringify(name)}: ${text}`)}}`);
  const array = fc.array(element, { minLength: 1, maxLength: 5 });

  it('are what each of them is by itself, to the last digit, with the text that it came with', () => {
    fc.assert(
      fc.property(array, (texts) => {
        const elements = parseElements(`[${texts.join(' , ')}]`);
        expect(elements.map(({ text }) => text)).toEqual(texts);
        expect(JSON.stringify(elements.map(({ value }) => value))).toBe(JSON.stringify(texts.map(parseExact)));
        // Text is cut again and again, and always the same.
        expect(elements.map(({ text }) => text)).toEqual(splitArray(`[${texts.join(' , ')}]`));
      }),
    );
  });

  it('have sizes that amount to the text', () => {
    fc.assert(
      fc.property(array, (texts) => {
        const json = `[${texts.join(',')}]`;
        const sum = parseElements(json).reduce((all, { size }) => all + size, 0);
        expect(Math.abs(sum - json.length)).toBeLessThanOrEqual(2 * texts.length);
      }),
    );
  });
});

it('a value that is no array is an element by itself', () => {
  expect(parseElements('{"a":1}')).toEqual([{ value: { a: 1 }, text: '{"a":1}', size: 7 }]);
  expect(parseElements('[]')).toEqual([]);
});

it.each(['[{"a":1}', '[{"a":12345678901234567}', '<html></html>', ''])('%j is refused', (text) => {
  expect(() => parseElements(text)).toThrow(SyntaxError);
});
