import { describe, expect, it } from 'vitest';
import { fillReferences, UnresolvedReference } from '../../../../../../local/org/protocol/rest/composite-references.ts';
import { kindOf } from '../../../../../../local/org/protocol/rest/dispatch.ts';
import { parseDataUrl } from '../../../../../../local/org/protocol/rest/subrequests.ts';
import { releaseLabel, versionStatus } from '../../../../../../local/org/protocol/rest/versions.ts';

describe('REST paths', () => {
  it.each([
    ['/services/data/v66.0', { version: 66, path: '' }],
    ['/services/data/v66.0/', { version: 66, path: '' }],
    ['services/data/v60/query/?q=a', { version: 60, path: 'query' }],
    ['/services/data/v66.0/sobjects/A/K__c/a%2Fb', { version: 66, path: 'sobjects/A/K__c/a%2Fb' }],
    ['/services/data/x', undefined],
    ['/other', undefined],
  ])('%s', (url, expected) => {
    if (expected === undefined) expect(parseDataUrl(url)).toBeUndefined();
    else expect(parseDataUrl(url)).toMatchObject(expected);
  });

  it.each([
    ['GET', 'sobjects/Account/describe', 'describe'],
    ['GET', 'sobjects/Account/001', 'single'],
    ['POST', 'sobjects/Account', 'single'],
    ['PATCH', 'composite/sobjects/Account/Key__c', 'collections'],
    ['POST', 'composite', 'composite'],
    ['GET', 'queryAll/0r8', 'query'],
    ['GET', 'nope', 'other'],
  ])('%s %s counts as %s', (method, path, kind) => {
    expect(kindOf({ method, path })).toBe(kind);
  });
});

describe('versions', () => {
  it.each([
    [31, "Summer '14"],
    [32, "Winter '15"],
    [33, "Spring '15"],
    [64, "Summer '25"],
    [66, "Spring '26"],
  ])('%d is %s', (version, label) => {
    expect(releaseLabel(version)).toBe(label);
  });

  it.each([
    [66, 'served'],
    [31, 'served'],
    [30, 'retired'],
    [67, 'unknown'],
    [1, 'unknown'],
  ])('%d is %s', (version, status) => {
    expect(versionStatus(version, 66)).toBe(status);
  });
});

describe('composite references', () => {
  const bodies = new Map<string, unknown>([
    ['a', { id: '001' }],
    ['q', { records: [{ Id: '003' }] }],
  ]);

  it('are filled in at any depth', () => {
    const value = { x: ['@{a.id}', { y: 'p/@{q.records[0].Id}/s' }], n: 1, z: null };
    expect(fillReferences(value, bodies)).toEqual({ x: ['001', { y: 'p/003/s' }], n: 1, z: null });
  });

  it('name what they do not find', () => {
    expect(() => fillReferences('@{b.id}', bodies)).toThrow(UnresolvedReference);
    expect(() => fillReferences('@{a.name}', bodies)).toThrow('No value for a.name found in a');
  });
});
