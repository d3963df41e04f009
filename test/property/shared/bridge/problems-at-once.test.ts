import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bridgeSchema } from '../../../../shared/bridge/bridge-schema.ts';
import { changeDataCapture, platformEvent, pushTopic } from '../../../../shared/bridge/captures.ts';
import { type BridgeDefinition, parseBridge } from '../../../../shared/bridge/define-bridge.ts';
import { toProblems } from '../../../../shared/bridge/problems.ts';
import { fromRecord, upsert } from '../../../../shared/bridge/targets.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';

const valid = {
  name: 'shop',
  orgs: { main: {}, east: {} },
  sources: {
    products: { org: 'main', capture: changeDataCapture('Product2'), topic: 'salesforce.products' },
    leads: {
      org: 'east',
      capture: pushTopic({ object: 'Lead', name: 'Leads', create: true, fields: ['Id'] }),
      topic: 'salesforce.${_ObjectType}',
      format: 'connect',
      envelope: false,
    },
    ink: { org: 'main', capture: platformEvent('Low_Ink__e'), topic: 'ink', key: 'Printer__c' },
  },
  sinks: {
    prices: { org: 'main', topic: 'erp.prices', write: upsert('PricebookEntry', { externalId: 'Key__c' }) },
    copies: { org: 'east', topics: ['salesforce.*', 'erp.*'], write: [fromRecord('Account'), fromRecord('Contact')] },
    stock: { org: 'main', topic: 'erp.stock', write: fromRecord('Account'), deadLetters: { kind: 'queue' } },
  },
} satisfies BridgeDefinition;

/** Values that settings are replaced by, right by themselves or not. */
const breaks: Readonly<Record<string, readonly unknown[]>> = {
  name: ['My Shop', undefined, 7],
  orgs: [{}, null, [], { main: {} }],
  'orgs.main': [null, { auth: 'magic' }],
  'orgs.main.wide': [{}],
  sources: [{}, null, 'none'],
  sinks: [{}, null],
  source: [{}],
  'sources.products': [null, 'Product2'],
  'sources.products.org': ['nowhere', 3],
  'sources.products.topic': ['', 'salesforce.${Family}', 'salesforce.products.dead-letter'],
  'sources.products.capture': [{}, changeDataCapture(''), changeDataCapture({ channel: 'ChangeEvents' })],
  'sources.products.deadLetterTopic': ['salesforce.products', 'a b'],
  'sources.products.envelope': [true, 'maybe'],
  'sources.products.format': ['raw', 'xml'],
  'sources.products.formt': ['connect'],
  'sources.products.fullRow': [true, 'yes'],
  'sources.products.2nd': [true],
  'sources.leads.capture.name': ['', 'x'.repeat(26)],
  'sources.leads.capture.create': [false, undefined, 'yes'],
  'sources.leads.capture.creat': [true],
  'sources.leads.format': ['row', 'xml'],
  'sources.ink.key': ['', 'Printer__c'],
  'sources.ink.format': ['raw', 'connect', 'xml'],
  'sources.ink.tombstoneOnDelete': [true, 1],
  'sources.again': [{ org: 'main', capture: changeDataCapture('Product2'), topic: 'salesforce.products' }],
  'sinks.prices': [null, []],
  'sinks.prices.org': [undefined, 'nowhere', {}],
  'sinks.prices.topic': [undefined, 'erp.prices.*', 'erp.${_ObjectType}'],
  'sinks.prices.tpic': ['erp.prices'],
  'sinks.prices.write': ['upsert', {}, [], upsert('PricebookEntry', { externalId: 'K' })],
  'sinks.prices.write.externalId': [undefined, '', 'a b'],
  'sinks.prices.write.externalID': ['Key__c'],
  'sinks.prices.write.mark': ['Mark__c', ''],
  'sinks.prices.write.object': ['', 'Price__e'],
  'sinks.prices.deadLetterTopic': ['erp.prices', ''],
  'sinks.prices.deadLetters': [{ kind: 'queue' }, { kind: 'log' }],
  'sinks.stock.deadLetters.bucket': ['maybe'],
  'sinks.prices.consumerGroup': ['shop.stock', 'a b', 'x'.repeat(201)],
  'sinks.prices.batch': [{ size: 0 }, { sise: 1 }],
  'sinks.copies.topics': [['sap.*'], [], ['salesforce.*', 'a b'], ['salesforce.Lead.updated']],
  'sinks.copies.topic': ['erp.copies', 'a b'],
  'sinks.copies.topics.1': ['sap.*', 'sap.(a|b)'],
  'sinks.copies.write.1': [fromRecord('account'), fromRecord(''), fromRecord('Account', { externalId: 'K__c' }), 'x'],
  'sinks.stock.deadLetterTopic': ['letters', 'a b', 'erp.stock.dead-letter'],
  'sinks.stock.deadLetters': [{ kind: 'topic' }, { kind: 'log' }],
  'sinks.stock.consumerGroup': ['shop.prices', 'shop.copies.erp.prices', ''],
  'sinks.stock.topic': ['', 'erp.other'],
  'sinks.9th': [{ org: 'main', topic: 'erp.prices', write: fromRecord('Account') }],
};

interface Break {
  readonly path: readonly string[];
  readonly value: unknown;
}

const allBreaks: Break[] = Object.entries(breaks).flatMap(([path, values]) =>
  values.map((value) => ({ path: path.split('.'), value })),
);

function broken(chosen: readonly Break[]): unknown {
  const definition = structuredClone(valid) as object;
  for (const { path, value } of chosen) {
    const parent = path.slice(0, -1).reduce((part, key) => part[key as never] as object, definition);
    Object.assign(parent, { [path.at(-1) ?? '']: structuredClone(value) });
  }
  return definition;
}

function isWithin(inner: Break, outer: Break): boolean {
  return outer.path.every((key, index) => inner.path[index] === key);
}

/** Breaks of different places, none of them within another. */
const someBreaks = fc
  .uniqueArray(fc.constantFrom(...allBreaks), { maxLength: 6, selector: ({ path }) => path.join('.') })
  .map((chosen) => chosen.filter((each) => !chosen.some((other) => other !== each && isWithin(each, other))));

function problemsOf(chosen: readonly Break[]): string[] {
  try {
    parseBridge(broken(chosen));
  } catch (error) {
    if (error instanceof BridgeError) return error.context['problems'] as string[];
    throw error;
  }
  return [];
}

/** Those of single settings. */
function schemaProblemsOf(chosen: readonly Break[]): string[] {
  const { error } = bridgeSchema.safeParse(broken(chosen), { reportInput: true });
  return (error?.issues ?? [])
    .flatMap((issue) => toProblems(issue, 'bridge'))
    .map(({ path, rule }) => `${path}: ${rule}`);
}

const byThemselves = allBreaks.filter((each) => schemaProblemsOf([each]).length > 0);
const together = allBreaks.filter((each) => !byThemselves.includes(each) && problemsOf([each]).length > 0);

it('has both kinds of breaks to choose from', () => {
  expect(problemsOf([])).toEqual([]);
  expect(byThemselves.length).toBeGreaterThan(40);
  expect(together.length).toBeGreaterThan(20);
});

it('names no problem between settings that is gone once one of them is mended that is broken by itself', () => {
  fc.assert(
    fc.property(someBreaks, (chosen) => {
      const schemaProblems = schemaProblemsOf(chosen);
      const found = problemsOf(chosen);
      expect(found).toEqual(expect.arrayContaining(schemaProblems));
      for (const mended of chosen.filter((each) => byThemselves.includes(each))) {
        const left = problemsOf(chosen.filter((each) => each !== mended));
        for (const problem of found) expect([...schemaProblems, ...left]).toContain(problem);
      }
    }),
    { numRuns: 500 },
  );
});

/** Problems between settings, by the break that makes each, with all that has to be whole to see it. */
const seen: Readonly<Record<string, { value: unknown; problem: string; reads: readonly string[] }>> = {
  'sources.products.org': {
    value: 'nowhere',
    problem: 'sources.products.org: must name one of orgs (main, east)',
    reads: ['orgs', 'sources.products.org'],
  },
  'sources.products.deadLetterTopic': {
    value: 'salesforce.products',
    problem: 'sources.products.deadLetterTopic: must differ from the topic it fills',
    reads: ['sources.products.topic', 'sources.products.gapTopic', 'sources.products.lowerCaseTopic'],
  },
  'sources.products.envelope': {
    value: true,
    problem: 'sources.products.envelope: is for format connect',
    reads: ['sources.products.format'],
  },
  'sources.leads.capture.create': {
    value: false,
    problem: 'sources.leads.capture.fields: has an effect with create: true only',
    reads: ['sources.leads.capture.fields'],
  },
  'sinks.prices.write.mark': {
    value: 'Mark__c',
    problem: 'sinks.prices.write: upsert takes no mark',
    reads: ['sinks.prices.write.operation'],
  },
  'sinks.prices.deadLetterTopic': {
    value: 'erp.prices',
    problem: 'sinks.prices.deadLetterTopic: must differ from the topic it reads',
    reads: ['sinks.prices.topic'],
  },
  'sinks.copies.topic': {
    value: 'erp.copies',
    problem: 'sinks.copies.topics: stands beside topic; say one of them',
    reads: ['sinks.copies.topics'],
  },
  'sinks.stock.consumerGroup': {
    value: 'shop.prices',
    problem: 'sinks.stock.consumerGroup: is already used by sinks.prices',
    reads: ['name', 'sinks.prices.topic', 'sinks.prices.consumerGroup', 'sinks.stock.topic'],
  },
};

it.each(Object.entries(seen))('names what %s breaks, whatever else is broken', (place, { value, problem, reads }) => {
  const path = place.split('.');
  const needed = [place, ...reads].map((each) => ({ path: each.split('.'), value }));
  // What is not set may be what was misspelt beside it, so that is left out, too.
  const touches = (each: Break) =>
    needed.some((other) => isWithin(other, each) || isWithin(each, other) || isMisspelt(each, other));
  const others = fc.constantFrom(...byThemselves.filter((each) => !touches(each)));
  fc.assert(
    fc.property(fc.uniqueArray(others, { maxLength: 6, selector: (each) => each.path.join('.') }), (chosen) => {
      const whole = chosen.filter((each) => !chosen.some((other) => other !== each && isWithin(each, other)));
      expect(problemsOf([...whole, { path, value }])).toContain(problem);
    }),
    { numRuns: 100 },
  );
});

function isMisspelt({ path }: Break, needed: Break): boolean {
  const parent = path.slice(0, -1);
  const whole = parent.reduce<unknown>((part, key) => part?.[key as never], valid) as object | undefined;
  return isWithin(needed, { path: parent, value: undefined }) && !Object.hasOwn(whole ?? {}, path.at(-1) ?? '');
}
