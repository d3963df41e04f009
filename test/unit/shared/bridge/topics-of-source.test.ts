import { describe, expect, it } from 'vitest';
import { changeDataCapture, genericChannel, platformEvent, pushTopic } from '../../../../shared/bridge/captures.ts';
import { parseBridge } from '../../../../shared/bridge/define-bridge.ts';
import { topicsOfSource } from '../../../../shared/bridge/topics-of-source.ts';

function parsed(source: object) {
  const [only] = parseBridge({ name: 'shop', orgs: { main: {} }, sources: { one: source } }).sources;
  if (only === undefined) throw new Error('no source');
  return only;
}

const leads = pushTopic({ object: 'Lead', name: 'LeadUpdates' });

describe('topicsOfSource names every topic that a record can go to', () => {
  it.each([
    [{ capture: leads, topic: 'leads' }, ['leads']],
    [{ capture: leads, topic: 'Sales.Leads', lowerCaseTopic: true }, ['sales.leads']],
    [{ capture: leads, topic: 'sf.${_ObjectType}' }, ['sf.Lead']],
    [{ capture: leads, topic: 'sf.${_ObjectType}', lowerCaseTopic: true }, ['sf.lead']],
    [
      {
        capture: changeDataCapture({ channel: 'ChangeEvents', objects: ['Account', 'Price__c'] }),
        topic: 'sf.${_ObjectType}',
      },
      ['sf.Account', 'sf.Price__c'],
    ],
    [
      { capture: leads, topic: '${_ObjectType}.${_EventType}' },
      ['Lead.created', 'Lead.updated', 'Lead.deleted', 'Lead.undeleted', 'Lead.snapshot', 'Lead.gap'],
    ],
    [{ capture: platformEvent('Low_Ink__e'), topic: 'sf.${_ObjectType}' }, ['sf.Low_Ink__e']],
    [
      { capture: platformEvent('Printers__chn', { events: ['Low_Ink__e', 'Jam__e'] }), topic: 'sf.${_ObjectType}' },
      ['sf.Low_Ink__e', 'sf.Jam__e'],
    ],
    [{ capture: genericChannel('/u/shop/notices'), topic: 'sf.${_ObjectType}' }, ['sf.shop-notices']],
  ])('%j → %j', (source, topics) => {
    expect(topicsOfSource(parsed(source))).toEqual(topics);
  });

  it('gives a template one literal topic for its dead letters', () => {
    expect(parsed({ capture: leads, topic: 'sf.${_ObjectType}' }).deadLetterTopic).toBe('shop.one.dead-letter');
    expect(parsed({ capture: leads, topic: 'Leads', lowerCaseTopic: true }).deadLetterTopic).toBe('leads.dead-letter');
  });
});
