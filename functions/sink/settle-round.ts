import type { Sink } from '../../shared/bridge/bridge.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { KafkaRecord } from '../../shared/kafka/kafka-record.ts';
import { runTransform, type Transformed } from '../../shared/transform/run-transform.ts';
import type { StepServices } from '../../shared/transform/step.ts';
import { type Prepared, prepareRows } from './prepare-rows.ts';
import { screenRecord } from './screen-records.ts';
import {
  type Disposition,
  type HandedBack,
  type JudgedRecord,
  type SettledRecords,
  settleRecords,
} from './settle-records.ts';
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
  /** Stores letters of what was rejected; answers what becomes of those records when it could not. */
  readonly storeLetters: (
    dispositions: ReadonlyMap<KafkaRecord, Disposition>,
    budget: TimeBudget,
  ) => Promise<HandedBack | undefined>;
}

export interface Round extends SettledRecords {
  readonly droppedFields: number;
  readonly unmerged: number;
  readonly retried: number;
}

/**
 * Settles what can be settled at once: screen, transform, prepare, write, and store what was rejected. When a row is rejected,
 * records that were judged by its value stay open, and are judged again without it in the next round.
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
  const settled = settleRecords(judged, written.ends, written.judgeAgain);
  const unstored = await parts.storeLetters(settled.dispositions, budget);
  const { dispositions, remembered } =
    unstored === undefined ? settled : settleRecords(judged, written.ends, written.judgeAgain, unstored);
  const { unmerged, retried } = written;
  return { dispositions, remembered, droppedFields, unmerged, retried };
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
  const { targets } = sink;
  const names = targets.map(({ object }) => object);
  const prepareAll = (described: ReadonlyMap<string, TargetObject>) =>
    transformed.map((each, place) =>
      each.kind === 'rows' ? prepareRows(each, place, { targets, objects: described }) : undefined,
    );
  // Nothing to write, nothing to ask: a batch of filtered records costs no call.
  const wanted = transformed.some(({ kind }) => kind === 'rows') ? names : [];
  let prepared = prepareAll(await objects.load(wanted));
  // An administrator may have added the field a moment ago.
  if (await refreshOutdated(objects, prepared)) prepared = prepareAll(await objects.load(names));
  let droppedFields = 0;
  const judged = transformed.map((each, index): JudgedRecord => {
    const own = prepared[index];
    if (own === undefined) return { transformed: each, rows: [] };
    // The sink stops here, if its definition says so, until the field exists or the transform leaves it out.
    if (own.kind === 'unknownFields' && sink.unknownFields === 'fail') throw asConfigError(own.error);
    if (own.kind !== 'rows') return { transformed: each, rows: [], rejection: own.error };
    for (const { fields } of own.dropped) droppedFields += fields.length;
    return { transformed: each, rows: own.rows };
  });
  return { judged, droppedFields };
}

/** Asks the org again for objects that lack a field; true when one of them changed. */
async function refreshOutdated(objects: TargetObjects, prepared: readonly (Prepared | undefined)[]): Promise<boolean> {
  const outdated = new Set<string>();
  for (const each of prepared) {
    if (each !== undefined) for (const object of perhapsOutdated(each, objects)) outdated.add(object);
  }
  const changed = await Promise.all([...outdated].map((object) => objects.refresh(object)));
  return changed.includes(true);
}

const none: readonly string[] = [];

/** Objects that may have fields by now which they had not when they were described. */
function perhapsOutdated(prepared: Prepared, objects: TargetObjects): readonly string[] {
  if (prepared.kind === 'unknownFields') return [prepared.object];
  if (prepared.kind !== 'rows' || prepared.dropped.length === 0) return none;
  return prepared.dropped.filter(({ object, fields }) => objects.areNew(object, fields)).map(({ object }) => object);
}

function asConfigError({ message, context }: BridgeError): BridgeError {
  return new BridgeError('SKB_CONFIG_INVALID', message, { context });
}
