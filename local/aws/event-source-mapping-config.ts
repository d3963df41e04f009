import { statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { BridgeError } from '../../shared/errors/bridge-error.ts';

const day = 86_400_000;

/** Defaults and ranges are Lambda's, except where a comment says otherwise. */
const configSchema = z.strictObject({
  bootstrapServers: z.string().min(1),
  topics: z.array(z.string().min(1)).min(1),
  groupId: z.string().min(1).max(200),
  startingPosition: z.enum(['TRIM_HORIZON', 'LATEST']).default('TRIM_HORIZON'),
  /** Null makes it a self-managed Kafka's event. */
  eventSourceArn: z
    .string()
    .nullable()
    .default('arn:aws:kafka:us-east-1:000000000000:cluster/local/00000000-0000-0000-0000-000000000000-1'),
  batchSize: z.int().min(1).max(10_000).default(100),
  batchingWindowMs: z.int().min(0).max(300_000).default(500),
  maxPayloadBytes: z
    .int()
    .min(1_000)
    .max(6 * 1024 * 1024)
    .default(6 * 1024 * 1024),
  /** Lambda starts with one and adds more as the lag grows; here the number stays. */
  pollers: z.int().min(1).max(200).default(1),
  redelivery: z.enum(['reported', 'fromLowest', 'refilled']).default('fromLowest'),
  /** Explicit, because Lambda turns "without end" into 10 as soon as there is a destination. */
  maxRetryAttempts: z.int().min(-1).max(10_000).default(10_000),
  maxRecordAgeMs: z
    .int()
    .min(-1)
    .max(7 * day)
    .default(7 * day),
  retryBackoff: z
    .strictObject({ initialMs: z.int().min(1).default(100), maxMs: z.int().min(1).default(10_000) })
    .prefault({}),
  /** Invokes the function so often without records, as a schedule does; 0 never. */
  tickMs: z.int().min(0).default(0),
  /** Notices about records given up are appended here, one JSON object a line. Without it they are only logged. */
  onFailureFile: z.string().optional(),
  function: z.strictObject({
    name: z.string().min(1),
    /** The bundle's file, or the folder it is in. */
    bundle: z.string().min(1),
    /** `<module>.<export>`; from the bundle's file name if left out. */
    handler: z.string().regex(/.\../).optional(),
    environment: z.record(z.string(), z.string()).default({}),
    region: z.string().min(1).default('us-east-1'),
    /** Lambda takes functions of up to 14 minutes for Kafka. */
    timeoutMs: z.int().min(100).max(840_000).default(60_000),
    memoryMb: z.int().min(128).max(10_240).default(512),
    /** Output of the handler is appended here. */
    logFile: z.string().min(1),
  }),
});

export type EventSourceMappingConfig = z.infer<typeof configSchema>;
/** The same with everything optional that has a default. */
export type EventSourceMappingConfigInput = z.input<typeof configSchema>;

export function parseEventSourceMappingConfig(json: string): EventSourceMappingConfig {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new BridgeError('SKB_CONFIG_INVALID', `The event source mapping's config is no JSON: ${error}`);
  }
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path: place, message }) => `  ${place.join('.') || '(all of it)'}: ${message}`,
  );
  throw new BridgeError('SKB_CONFIG_INVALID', `The event source mapping's config is invalid:\n${problems.join('\n')}`);
}

/** LAMBDA_TASK_ROOT and _HANDLER for a bundle that is given as a file or as a folder. */
export function locateHandler(bundle: string, handler: string | undefined): { taskRoot: string; handler: string } {
  const file = path.resolve(bundle);
  if (!statSync(file, { throwIfNoEntry: false })) {
    throw new BridgeError('SKB_CONFIG_INVALID', `There is no bundle at ${file}`);
  }
  if (statSync(file).isDirectory()) return { taskRoot: file, handler: handler ?? 'index.handler' };
  return { taskRoot: path.dirname(file), handler: handler ?? `${path.parse(file).name}.handler` };
}
