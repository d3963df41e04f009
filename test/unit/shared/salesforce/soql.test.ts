import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { soqlLiteral } from '../../../../shared/salesforce/soql.ts';

describe('soqlLiteral', () => {
  it('escapes quotes, backslashes and line ends', () => {
    expect(soqlLiteral("O'Neil \\ \n")).toBe("'O\\'Neil \\\\ \\n'");
  });

  it('lets no text end the literal it stands in', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '\\', 'a', '\n', ' OR ') }), (text) => {
        expect(soqlLiteral(text)).toMatch(/^'(?:[^'\\\n]|\\.)*'$/);
      }),
    );
  });
});
