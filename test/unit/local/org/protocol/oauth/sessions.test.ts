import { describe, expect, it } from 'vitest';
import { tokenOf } from '../../../../../../local/org/protocol/oauth/sessions.ts';

describe('the token of an Authorization header', () => {
  it.each([
    ['Bearer 00D!x', '00D!x'],
    ['bearer 00D!x', '00D!x'],
    ['OAuth 00D!x', '00D!x'],
    ['00D!x', '00D!x'],
    ['Authorization: Bearer 00D!x', '00D!x'],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %j', (header, token) => {
    expect(tokenOf(header)).toBe(token);
  });
});
