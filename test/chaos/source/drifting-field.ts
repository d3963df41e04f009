import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { clientSettings } from '../../../local/aws/resources.ts';
import type { AwsAccess } from '../../../local/aws/start-local-aws.ts';
import type { OrgControlClient } from '../../../local/org/control-client.ts';
import { createDynamodbObjectStore } from '../../../shared/state/dynamodb-object-store.ts';
import type { KnownObject } from '../../../shared/state/object-store.ts';
import { type ChangeLoad, driftingField } from './marked-changes.ts';
import type { PollerFleet } from './poller-fleet.ts';

/** A field of the streamed object that an administrator adds, retypes and removes while changes go on. */
export interface DriftingField {
  change(to: 'text' | 'number' | 'gone'): Promise<void>;
  /** True when the last change was reported and, unless the field is gone, every topic shows it in its new type. */
  isThrough(): boolean;
  /** After the pollers ended: what was not reported exactly once. */
  problems(): Promise<string[]>;
}

interface DriftingFieldParts {
  readonly object: string;
  readonly orgs: readonly {
    readonly name: string;
    readonly control: Pick<OrgControlClient, 'changeMetadata'>;
    readonly load: Pick<ChangeLoad, 'drift'>;
  }[];
  readonly fleet: Pick<PollerFleet, 'reported' | 'measured'>;
  /** The types in which each topic has shown the field so far. */
  readonly shownAs: () => readonly ReadonlySet<string>[];
  readonly aws: AwsAccess;
  readonly tableName: string;
}

const definitions = {
  text: { name: driftingField, type: 'text', length: 80 },
  number: { name: driftingField, type: 'number' },
} as const;
const shownTypes = { text: 'string', number: 'number' } as const;

export function createDriftingField(parts: DriftingFieldParts): DriftingField {
  const { object, orgs, fleet, shownAs } = parts;
  let changes = 0;
  let present: 'text' | 'number' | undefined;

  return {
    async change(to) {
      present = to === 'gone' ? undefined : to;
      changes += orgs.length;
      const change = to === 'gone' ? { removeField: driftingField } : { setField: definitions[to] };
      for (const { control, load } of orgs) {
        await load.drift(() => control.changeMetadata({ object, ...change }), present);
      }
    },
    isThrough() {
      if (fleet.reported() < changes) return false;
      const type = present && shownTypes[present];
      return type === undefined || shownAs().every((types) => types.has(type));
    },
    async problems() {
      if (changes === 0) return [];
      const found: string[] = [];
      if (fleet.reported() !== changes) found.push(`${changes} drifts were logged ${fleet.reported()} times`);
      if (fleet.measured() !== changes) found.push(`${changes} drifts were measured as ${fleet.measured()}`);
      for (const known of await readKnown(parts)) {
        if (known?.driftedAt === undefined) found.push(`the table does not say when ${object} drifted`);
      }
      return found;
    },
  };
}

async function readKnown({ aws, tableName, orgs, object }: DriftingFieldParts): Promise<(KnownObject | undefined)[]> {
  const client = new DynamoDBClient(clientSettings(aws));
  try {
    const store = createDynamodbObjectStore({ client: DynamoDBDocumentClient.from(client), tableName });
    return await Promise.all(orgs.map(({ name }) => store.read(name, object)));
  } finally {
    client.destroy();
  }
}
