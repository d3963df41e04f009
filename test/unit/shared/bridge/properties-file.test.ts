import { describe, expect, it } from 'vitest';
import { parsePropertiesFile } from '../../../../shared/bridge/properties-file.ts';

describe('parsePropertiesFile', () => {
  it.each<[string, string, Record<string, string>]>([
    ['pairs with any separator', 'a=1\nb: 2\nc 3\nd = 4', { a: '1', b: '2', c: '3', d: '4' }],
    ['comments and blank lines', '# one\n\n! two\na=1', { a: '1' }],
    ['continued lines', 'a=one,\\\n   two\nb=3', { a: 'one,two', b: '3' }],
    ['escapes', 'a\\=b=c\\td\\u00e9', { 'a=b': 'c\tdé' }],
    ['Windows line ends', 'a=1\r\nb=2', { a: '1', b: '2' }],
    ['an empty value', 'a=', { a: '' }],
    [
      'several pairs on one line',
      'name=x tasks.max=1 kafka.topic=t',
      { name: 'x', 'tasks.max': '1', 'kafka.topic': 't' },
    ],
    ['a value with blanks', 'kafka.topic=a b c', { 'kafka.topic': 'a b c' }],
  ])('reads %s', (_, text, expected) => {
    expect(Object.fromEntries(parsePropertiesFile(text))).toEqual(expected);
  });

  it('names a line that is no pair', () => {
    expect(() => parsePropertiesFile('a=1\nnonsense\n')).toThrow('line 2: is not key=value');
  });

  it('says when JSON is broken, without quoting it', () => {
    expect(() => parsePropertiesFile('{"password": "hunter2"')).toThrow(/is not JSON$/);
  });
});
