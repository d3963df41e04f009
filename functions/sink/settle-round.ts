import type { Sink } from '../../shared/bridge/bridge.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { KafkaRecord } from '../../shared/kafka/kafka-record.ts';
import { runTransform, type Transformed } from '../../shared/transform/run-transform.ts';
import type { StepServices } from '../../shared/transform/step.ts';
import { type Prepared, prepareRows } from './prepare-rows.ts';
import { screenRecord } from './screen-records.ts';
import { type JudgedRecord, type SettledRecords, settleRecords } from './settle-records.ts';
import type { TargetObject } from './target-object.ts';
import type { TimeBudget } from './time-budget.ts';
import { type WriteParts, writeRows } from './write-rows.ts';

/** The objects a sink writes, as the org has them. */
export interface TargetObjects {
  load(names: readonly string[]): Promise<ReadonlyMap<string, TargetObject>>;
  /** Asks the org again; true when the object changed. */
  refresh(name: string): Promise<boolean>;
  /** Whether one of these fields was never left out before; each is new once, since what is always left out costs no calls. */
  areNew(name: string, fields: readonly string[]): boolean;
}

export interface RoundParts extends WriteParts {
  readonly sink: Sink;
  readonly services: StepServices;
  readonly objects: TargetObjects;
}

export interface Round extends SettledRecords {
  readonly droppedFields: number;
  readonly unmerged: number;
  readonly retried: number;
}

/**
 * Settles what can be settled at once: screen, transform, prepare and write. When a row is rejected, records that were judged
 * by its value stay open, and are judged again without it in the next round.
 */
export async function settleRound(
  parts: RoundParts,
  records: readonly KafkaRecord[],
  budget: TimeBudget,
): Promise<Round> {
  const { judged, droppedFields } = await prepare(parts, await screenAndTransform(parts, records));
  const written = await writeRows(
    parts,
    judged.flatMap(({ rows }) => rows),
    budget,
  );
  return { ...settleRecords(judged, written.ends, written.judgeAgain), ...written, droppedFields };
}

/** What became of each record, in order. */
async function screenAndTransform(
  { sink, services }: RoundParts,
  records: readonly KafkaRecord[],
): Promise<readonly Transformed[]> {
  const screened = records.map((record) => screenRecord(record, sink));
  const values = records.filter((_, index) => screened[index]?.kind === 'value');
  // One entry per value, in the same order.
  const transformed = (await runTransform(sink.transform, values, services)).values();
  return records.map((record, index): Transformed => {
    const screening = screened[index];
    if (screening?.kind === 'filtered') return { kind: 'filtered', record, step: screening.step, judgedBy: [] };
    if (screening?.kind === 'rejected') return { kind: 'rejected', record, error: screening.error };
    if (screening?.kind === 'delete') {
      const { object, fields } = screening;
      return { kind: 'rows', record, rows: [{ object, operation: 'delete', fields, remember: [] }], judgedBy: [] };
    }
    const found = transformed.next().value;
    if (found?.record !== record) throw new BridgeError('SKB_BUG', 'A record left the transform without an outcome');
    return found;
  });
}

async function prepare(
  { sink, objects }: RoundParts,
  transformed: readonly Transformed[],
): Promise<{ judged: readonly JudgedRecord[]; droppedFields: number }> {
  const names = sink.targets.map(({ object }) => object);
  // Nothing to write, nothing to ask: a batch of filtered records costs no call.
  const wanted = transformed.some(({ kind }) => kind === 'rows') ? names : [];
  let described = await objects.load(wanted);
  const refreshed = new Set<string>();
  const judged: JudgedRecord[] = [];
  let droppedFields = 0;
  for (const [place, each] of transformed.entries()) {
    if (each.kind !== 'rows') {
      judged.push({ transformed: each, rows: [] });
      continue;
    }
    let prepared = prepareRows(each, place, { targets: sink.targets, objects: described });
    const outdated = perhapsOutdated(prepared, objects).filter((object) => !refreshed.has(object));
    if (outdated.length > 0) {
      // An administrator may have added the field a moment ago.
      for (const object of outdated) {
        refreshed.add(object);
        if (await objects.refresh(object)) described = await objects.load(names);
      }
      prepared = prepareRows(each, place, { targets: sink.targets, objects: described });
    }
    // The sink stops here, if its definition says so, until the field exists or the transform leaves it out.
    if (prepared.kind === 'unknownFields' && sink.unknownFields === 'fail') throw asConfigError(prepared.error);
    if (prepared.kind !== 'rows') judged.push({ transformed: each, rows: [], rejection: prepared.error });
    else {
      judged.push({ transformed: each, rows: prepared.rows });
      for (const { fields } of prepared.dropped) droppedFields += fields.length;
    }
  }
  return { judged, droppedFields };
}

/** Objects that may have fields by now which they had not when they were described. */
function perhapsOutdated(prepared: Prepared, objects: TargetObjects): readonly string[] {
  if (prepared.kind === 'unknownFields') return [prepared.object];
  if (prepared.kind !== 'rows' || prepared.dropped.length === 0) return [];
  return prepared.dropped.filter(({ object, fields }) => objects.areNew(object, fields)).map(({ object }) => object);
}

function asConfigError({ message, context }: BridgeError): BridgeError {
  return new BridgeError('SKB_CONFIG_INVALID', message, { context });
}
