import * as z from 'zod/mini';
import { defineBridge } from '../../../shared/bridge/define-bridge.ts';
import { json } from '../../../shared/transform/json.ts';
import { map } from '../../../shared/transform/map.ts';
import { pipe } from '../../../shared/transform/pipe.ts';
import type { RowFields } from '../../../shared/transform/row-fields.ts';

// What stands behind `#bridge` in the bundles of a chaos run. One bundle serves every scenario: the plain part of the
// definition comes as JSON, and each sink gets the one transform of these runs, since functions cannot be written as JSON.

const Value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Parent = z.record(z.string(), z.string());
const Row = z.record(z.string(), z.union([Value, Parent]));
const variable = 'CHAOS_DEFINITION';
const definition = JSON.parse(process.env[variable] ?? '{}');

for (const sink of Object.values(definition.sinks ?? {}) as { transform?: unknown }[]) {
  sink.transform ??= pipe(
    json(Row),
    map((row): RowFields => row),
  );
}

export default defineBridge(definition);
