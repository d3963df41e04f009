// What a bridge definition is written with: the package's entry point, and the only file that re-exports.
// biome-ignore-all lint/performance/noBarrelFile: a package needs one entry; nothing inside this repository imports it.

export { type ChangeThresholdOptions, changeThreshold } from '../transform/change-threshold.ts';
export { filter } from '../transform/filter.ts';
export { json } from '../transform/json.ts';
export { map } from '../transform/map.ts';
export { pipe } from '../transform/pipe.ts';
export { split } from '../transform/split.ts';
export type { FieldValue, RowFields, Step, Transform } from '../transform/step.ts';
export { changeDataCapture, genericChannel, platformEvent, pushTopic } from './captures.ts';
export { type BridgeDefinition, defineBridge, parseBridge } from './define-bridge.ts';
export { create, fromRecord, publishEvent, remove, undelete, update, upsert } from './targets.ts';
