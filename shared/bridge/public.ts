// What a bridge definition is written with: the package's entry point, and the only file that re-exports.
// biome-ignore-all lint/performance/noBarrelFile: a package needs one entry; inside this repository only the examples import it.

export { type Aggregated, type AggregateOptions, aggregate } from '../transform/aggregate.ts';
export { type ChangeThresholdOptions, changeThreshold } from '../transform/change-threshold.ts';
export { chooseSink } from '../transform/choose-sink.ts';
export { connect } from '../transform/connect.ts';
export { type EnrichOptions, enrich } from '../transform/enrich.ts';
export { filter } from '../transform/filter.ts';
export { json } from '../transform/json.ts';
export { type LastWriterOptions, lastWriter } from '../transform/last-writer.ts';
export { dynamodbItems, type LookupSource, lookUp, salesforceRows } from '../transform/lookup-sources.ts';
export { map } from '../transform/map.ts';
export { pipe } from '../transform/pipe.ts';
export { route } from '../transform/route.ts';
export type { FieldValue, RowFields, RowInput } from '../transform/row-fields.ts';
export { rowRecord } from '../transform/row-record.ts';
export { split } from '../transform/split.ts';
export type { Step, Transform } from '../transform/step.ts';
export { text } from '../transform/text.ts';
export { session, tumbling } from '../transform/windows.ts';
export { changeDataCapture, genericChannel, platformEvent, pushTopic } from './captures.ts';
export { type BridgeDefinition, defineBridge, parseBridge } from './define-bridge.ts';
export { create, fromRecord, publishEvent, remove, undelete, update, upsert } from './targets.ts';
