import { describe, expect, it } from 'vitest';
import { type BridgeDefinition, parseBridge } from '../../../../shared/bridge/define-bridge.ts';
import { sinkNotes } from '../../../../shared/bridge/sink-notes.ts';
import { create, publishEvent, remove, upsert } from '../../../../shared/bridge/targets.ts';

describe('what is said of a sink before a deploy', () => {
  const notesOf = (write: NonNullable<BridgeDefinition['sinks']>[string]['write']) =>
    sinkNotes(parseBridge({ name: 'n', orgs: { main: {} }, sinks: { tasks: { topic: 't', write } } }).sinks);

  it('names a create that may make a row twice, and what does not', () => {
    expect(notesOf([create('Task'), remove('Task')])).toEqual([
      {
        kind: 'repeated-create',
        text: expect.stringMatching(/^sinks\.tasks\.write: .*create\('Task', \{ mark: 'Mark__c' \}\)/),
      },
    ]);
  });

  it.each([
    ['a create with a mark', create('Task', { mark: 'Mark__c' })],
    ['an upsert', upsert('Task', { externalId: 'Key__c' })],
    ['an event', publishEvent('Price__e')],
  ])('is nothing of %s', (_, write) => {
    expect(notesOf(write)).toEqual([]);
  });
});
