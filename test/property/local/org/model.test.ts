import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClock } from '../../../../local/org/clock.ts';
import { openClient } from '../../../contract/org/events-support.ts';
import { collect, startTestOrg, type TestOrg } from '../../../contract/org/support.ts';

// Random sequences of writes against the org and a model of a few lines; afterwards the change events, replayed from the
// start, have to rebuild the same rows.

type Step =
  | { readonly kind: 'create' | 'upsert'; readonly key: number; readonly phone: string | null; readonly city: string }
  | { readonly kind: 'update'; readonly key: number; readonly phone: string | null; readonly city: string | null }
  | { readonly kind: 'delete' | 'undelete'; readonly key: number };

interface ModelRow {
  readonly id: string;
  readonly deleted: boolean;
  readonly phone: string | null;
  readonly city: string | null;
}

const key = fc.integer({ min: 0, max: 4 });
const text = fc.constantFrom('1', '2', 'ü', '"');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('create', 'upsert'), key, phone: fc.option(text), city: text }),
  fc.record({ kind: fc.constant('update'), key, phone: fc.option(text), city: fc.option(text) }),
  fc.record({ kind: fc.constantFrom('delete', 'undelete'), key }),
);

/** Applies a step to the org; the answer's ID when it was taken. */
async function apply(org: TestOrg, step: Step, id: string): Promise<string | undefined> {
  const external = `key-${step.key}`;
  const path = `sobjects/Account/External_Id__c/${external}`;
  switch (step.kind) {
    case 'create': {
      const record = { Name: 'n', External_Id__c: external, Phone: step.phone, BillingCity: step.city };
      const { status, body } = await org.rest('POST', 'sobjects/Account', record);
      return status === 201 ? (body as { id: string }).id : undefined;
    }
    case 'upsert': {
      const record = { Name: 'n', Phone: step.phone, BillingCity: step.city };
      const { status, body } = await org.rest('PATCH', path, record);
      return status < 300 ? (body as { id: string }).id : undefined;
    }
    case 'update': {
      const record = { Phone: step.phone, BillingCity: step.city };
      const { status } = await org.rest('PATCH', `sobjects/Account/${id}`, record);
      return status === 204 ? id : undefined;
    }
    case 'delete':
      return (await org.rest('DELETE', `sobjects/Account/${id}`)).status === 204 ? id : undefined;
    case 'undelete':
      return org.control.changeRows({ undelete: [id] }).undelete[0]?.success === true ? id : undefined;
  }
}

/** What the org should have done: the row of the key afterwards, or undefined for a refusal. */
function predict(step: Step, before: ModelRow | undefined): Omit<ModelRow, 'id'> | undefined {
  const isLive = before !== undefined && !before.deleted;
  switch (step.kind) {
    case 'create':
      return isLive ? undefined : { deleted: false, phone: step.phone, city: step.city };
    case 'upsert':
      return { deleted: false, phone: step.phone, city: step.city };
    case 'update':
      return isLive ? { ...before, phone: step.phone, city: step.city } : undefined;
    case 'delete':
      return isLive ? { ...before, deleted: true } : undefined;
    case 'undelete':
      return before?.deleted === true ? { ...before, deleted: false } : undefined;
  }
}

interface ChangeMessage {
  readonly data: {
    readonly payload: Readonly<Record<string, unknown>> & {
      readonly ChangeEventHeader: { readonly changeType: string; readonly recordIds: readonly string[] };
    };
  };
}

/** The live rows that the change events add up to. */
function rebuild(messages: readonly ChangeMessage[]): Record<string, unknown> {
  const rows = new Map<string, { Phone: unknown; City: unknown }>();
  for (const { data } of messages) {
    const { ChangeEventHeader: header, ...body } = data.payload;
    const address = (body['BillingAddress'] ?? {}) as Readonly<Record<string, unknown>>;
    for (const id of header.recordIds) {
      if (header.changeType === 'DELETE') {
        rows.delete(id);
        continue;
      }
      const before = header.changeType === 'UPDATE' ? rows.get(id) : undefined;
      rows.set(id, {
        Phone: 'Phone' in body ? body['Phone'] : (before?.Phone ?? null),
        City: 'City' in address ? address['City'] : (before?.City ?? null),
      });
    }
  }
  return Object.fromEntries(rows);
}

describe('the org', () => {
  it('agrees with a model, and its change events rebuild its rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const clock = createClock({ manual: true });
        const org = await startTestOrg({ clock });
        try {
          const model = new Map<number, ModelRow>();
          let written = 0;
          for (const one of steps) {
            const before = model.get(one.key);
            const expected = predict(one, before);
            const id = await apply(org, one, before?.id ?? '001000000000000AAA');
            expect(id === undefined, JSON.stringify(one)).toBe(expected === undefined);
            if (id === undefined || expected === undefined) continue;
            written += 1;
            model.set(one.key, { ...expected, id });
          }
          const live = [...model.values()].filter(({ deleted }) => !deleted);
          const rows = org.control
            .rows('Account')
            .map((row) => [row['Id'], row['Phone'] ?? null, row['BillingCity'] ?? null]);
          expect(rows.sort()).toEqual(live.map(({ id, phone, city }) => [id, phone, city]).sort());
          clock.advance(1000);
          const { probe, clientId } = await openClient(org);
          await probe.subscribe(clientId, '/data/AccountChangeEvent', -2);
          const messages = (await collect(probe, clientId, written)) as unknown as ChangeMessage[];
          expect(rebuild(messages)).toEqual(
            Object.fromEntries(live.map(({ id, phone, city }) => [id, { Phone: phone, City: city }])),
          );
        } finally {
          await org.close();
        }
      }),
      { numRuns: 40 },
    );
  });
});
