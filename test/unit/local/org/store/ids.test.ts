import { describe, expect, it } from 'vitest';
import { createIdSource, idChecksum, toId18 } from '../../../../../local/org/store/ids.ts';

describe('ids', () => {
  it.each([
    ['a01M00000062mPg', 'IAI'],
    ['001M000000qfPyS', 'IAU'],
    ['a0FE000000D6r3F', 'MAR'],
    ['0F9E000000092w2', 'KAA'],
    ['a0RE000000IJmcN', 'MAT'],
    ['a0D30000001n7Pi', 'EAI'],
  ])('%s ends in %s', (id15, checksum) => {
    expect(idChecksum(id15)).toBe(checksum);
    expect(toId18(id15)).toBe(id15 + checksum);
    expect(toId18(id15 + checksum)).toBe(id15 + checksum);
  });

  it('restores the case of an 18-character ID', () => {
    expect(toId18('A01M00000062MPGIAI')).toBe('a01M00000062mPgIAI');
  });

  it.each(['', 'short', 'a01M00000062mP!', 'a01M00000062mPgXXX'])('refuses %j', (text) => {
    expect(toId18(text)).toBeUndefined();
  });

  it('hands out rising, distinct IDs per prefix', () => {
    const next = createIdSource();
    const ids = Array.from({ length: 200 }, () => next('001'));
    expect(new Set(ids).size).toBe(200);
    expect([...ids].sort()).toEqual(ids);
    for (const id of ids) expect(toId18(id)).toBe(id);
    expect(next('00Q')).toMatch(/^00Q/);
  });
});
