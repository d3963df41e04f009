import { isJsonObject } from '../salesforce/exact-json.ts';

// What org.apache.kafka.connect.json.JsonConverter writes, with `schemas.enable` or without:
// https://github.com/apache/kafka/blob/trunk/connect/json/src/main/java/org/apache/kafka/connect/json/JsonConverter.java

/** A schema as the envelope carries it; unknown members are of no use here. */
interface ConnectSchema {
  readonly type?: string;
  /** Full name of a logical type. */
  readonly name?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly fields?: readonly (ConnectSchema & { readonly field: string })[];
  readonly items?: ConnectSchema;
  readonly keys?: ConnectSchema;
  readonly values?: ConnectSchema;
}

const dayMs = 86_400_000;

/**
 * Takes a value out of Connect's envelope, if it is in one, with logical types as Salesforce writes them: dates, times and
 * timestamps as ISO texts, decimals as exact texts. Without an envelope the value is as it is.
 */
export function openEnvelope(value: unknown): unknown {
  if (!isJsonObject(value) || !('schema' in value && 'payload' in value) || Object.keys(value).length !== 2)
    return value;
  const { schema, payload } = value;
  return isJsonObject(schema) ? convert(payload, schema as ConnectSchema) : payload;
}

function convert(value: unknown, schema: ConnectSchema): unknown {
  if (value === null || value === undefined) return null;
  const logical = logicalTypes[schema.name ?? ''];
  if (logical !== undefined) return logical(value, schema);
  if (schema.type === 'struct' && isJsonObject(value)) {
    const fields = new Map((schema.fields ?? []).map((field) => [field.field, field]));
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, convert(each, fields.get(name) ?? {})]),
    );
  }
  if (schema.type === 'array' && Array.isArray(value)) return value.map((each) => convert(each, schema.items ?? {}));
  if (schema.type === 'map') return convertMap(value, schema.values ?? {});
  return value;
}

/** Text keys make an object; any other keys make an array of pairs. */
function convertMap(value: unknown, values: ConnectSchema): unknown {
  if (isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, convert(each, values)]));
  }
  return Array.isArray(value) ? value.map((pair) => [pair[0], convert(pair[1], values)]) : value;
}

const logicalTypes: Readonly<Record<string, (value: unknown, schema: ConnectSchema) => unknown>> = {
  'org.apache.kafka.connect.data.Timestamp': (value) => iso(Number(value)),
  'org.apache.kafka.connect.data.Date': (value) => iso(Number(value) * dayMs).slice(0, 10),
  'org.apache.kafka.connect.data.Time': (value) => iso(Number(value)).slice(11),
  'org.apache.kafka.connect.data.Decimal': (value, { parameters }) =>
    // With decimal.format=NUMERIC it is a number already.
    typeof value === 'string' ? decimal(value, Number(parameters?.['scale'] ?? 0)) : value,
};

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** Big-endian two's complement, base64, and a scale: https://kafka.apache.org/documentation/#connect_developing */
function decimal(base64: string, scale: number): string {
  const bytes = Buffer.from(base64, 'base64');
  const unscaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex') || '0'}`));
  if (scale <= 0) return String(unscaled * 10n ** BigInt(-scale));
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
