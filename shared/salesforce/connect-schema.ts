import { BridgeError } from '../errors/bridge-error.ts';
import type { FieldDescribe } from './describe.ts';
import { isExactNumber, isJsonObject } from './exact-json.ts';

// Rows as Kafka Connect knows them: a struct with every field of the object's describe, in the types that the PushTopic
// sources of Confluent and jcustenborder give them. Written down as Connect's JsonConverter writes a schema:
// https://github.com/apache/kafka/blob/trunk/connect/json/src/main/java/org/apache/kafka/connect/json/JsonConverter.java

/** What of a field decides its place in a schema. */
export type TypedField = Pick<FieldDescribe, 'name' | 'type'>;

/** A schema as an envelope carries it. */
export interface ConnectSchemaJson {
  readonly type: 'struct' | 'string' | 'boolean' | 'int32' | 'int64' | 'double' | 'array';
  readonly optional: boolean;
  readonly fields?: readonly (ConnectSchemaJson & { readonly field: string })[];
  readonly items?: ConnectSchemaJson;
  readonly name?: string;
  readonly version?: number;
}

/** What a record of one object's rows is made with. */
export interface ConnectSchema {
  readonly object: string;
  /** The structs of key and value, as JSON. */
  readonly keySchema: string;
  readonly valueSchema: string;
  /** True for a field that the struct has. */
  has(field: string): boolean;
  /**
   * Fields in the form of their types, in the order of the struct; absent ones stay absent. A person's name that comes as an
   * object is left out, because its type is a text and its parts are fields too.
   *
   * @throws BridgeError SKB_DECODE_FAILED for a value that is not of the field's type; it names the place, not the value.
   */
  encode(fields: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

interface Kind {
  readonly schema: ConnectSchemaJson;
  /** Undefined: the value does not fit. */
  readonly encode: (value: unknown) => unknown;
}

const dayMs = 86_400_000;
const optional = <Type extends ConnectSchemaJson['type']>(type: Type) => ({ type, optional: true }) as const;
const logical = (type: 'int32' | 'int64', name: string): ConnectSchemaJson => ({
  ...optional(type),
  name: `org.apache.kafka.connect.data.${name}`,
  version: 1,
});

const text: Kind = { schema: optional('string'), encode: textOf };
const decimal: Kind = { schema: optional('double'), encode: (value) => (isNumber(value) ? value : undefined) };

/** By the type that a describe names; what is not listed is a text. Of decimals a text keeps every digit. */
const kinds: Readonly<Record<string, Kind>> = {
  id: { schema: { type: 'string', optional: false }, encode: textOf },
  boolean: { schema: optional('boolean'), encode: (value) => (typeof value === 'boolean' ? value : undefined) },
  int: { schema: optional('int32'), encode: wholeOf },
  long: { schema: optional('int64'), encode: (value) => (isExactNumber(value) ? value : wholeOf(value)) },
  double: decimal,
  date: { schema: logical('int32', 'Date'), encode: (value) => wholeOf(Number(millisecondsOf(value)) / dayMs) },
  datetime: { schema: logical('int64', 'Timestamp'), encode: millisecondsOf },
  address: structOf('Address', {
    GeocodeAccuracy: text,
    State: text,
    Street: text,
    PostalCode: text,
    Country: text,
    Latitude: decimal,
    City: text,
    Longitude: decimal,
    CountryCode: text,
    StateCode: text,
  }),
  location: structOf('Location', { Latitude: decimal, Longitude: decimal }),
};

/** The schema of an object's rows. */
export function toConnectSchema(object: string, described: readonly TypedField[]): ConnectSchema {
  const members = new Map(described.map(({ name, type }): [string, Kind] => [name, kinds[type] ?? text]));
  const marks: [string, Kind][] = [
    ['_ObjectType', text],
    ['_EventType', text],
  ];
  return {
    object,
    keySchema: JSON.stringify(structSchema(`${object}Key`, [['Id', kinds['id'] ?? text]], false)),
    valueSchema: JSON.stringify(structSchema(object, [...members, ...marks], false)),
    has: (field) => members.has(field),
    encode(fields) {
      const encoded: Record<string, unknown> = {};
      for (const [name, kind] of members) {
        const value = fields[name];
        if (value === undefined || (isJsonObject(value) && kind === text)) continue;
        const fitting = value === null ? null : kind.encode(value);
        if (fitting === undefined) throw misfit(object, name, kind);
        encoded[name] = fitting;
      }
      return encoded;
    },
  };
}

/** A field as a schema takes it that no describe tells of: its event came first. */
export function undescribed(name: string, value: unknown): TypedField {
  if (typeof value === 'boolean') return { name, type: 'boolean' };
  return { name, type: isNumber(value) ? 'double' : 'string' };
}

/** @returns the text of a value with its schema, as JsonConverter writes it with `schemas.enable`. */
export function inEnvelope(schema: string, payload: string): string {
  return `{"schema":${schema},"payload":${payload}}`;
}

/** Fields that may be absent are optional, so a reader finds null in their place. */
export function structSchema(
  name: string,
  members: Iterable<readonly [string, Pick<Kind, 'schema'>]>,
  isOptional: boolean,
): ConnectSchemaJson {
  return {
    type: 'struct',
    fields: [...members].map(([field, { schema }]) => ({ ...schema, field })),
    optional: isOptional,
    name: `io.confluent.salesforce.${name}`,
  };
}

function structOf(name: string, members: Readonly<Record<string, Kind>>): Kind {
  return {
    schema: structSchema(name, Object.entries(members), true),
    encode(value) {
      if (!isJsonObject(value)) return undefined;
      const encoded: Record<string, unknown> = {};
      for (const [member, kind] of Object.entries(members)) {
        const part = value[member];
        if (part !== undefined) encoded[member] = part === null ? null : kind.encode(part);
      }
      return encoded;
    },
  };
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || isExactNumber(value);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return value === undefined ? undefined : JSON.stringify(value);
}

function wholeOf(value: unknown): unknown {
  return Number.isSafeInteger(value) ? value : undefined;
}

function millisecondsOf(value: unknown): number | undefined {
  const milliseconds = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

function misfit(object: string, field: string, { schema }: Kind): BridgeError {
  const type = schema.name ?? schema.type;
  return new BridgeError('SKB_DECODE_FAILED', `${object}.${field} holds a value that is no ${type}`, {
    context: { object, field, type },
  });
}
