import { rereadHeader } from '../../../shared/kafka/published-log.ts';
import { driftingField, markOf } from './marked-changes.ts';

/** Part of a record that tells what it stands for. */
export interface PublishedRecord {
  readonly partition?: number;
  readonly value: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a published record says. */
export type Told =
  | {
      readonly kind: 'change';
      readonly mark: string;
      /** By which re-read the row came, as there or as deleted; absent when an event told of it. */
      readonly reread?: string | undefined;
      /** What it shows of the field that comes and goes. */
      readonly drifting?: unknown;
    }
  | {
      readonly kind: 'gap';
      /** Differs from every other gap record of the topic. */
      readonly identity: string;
      /** Changes in between may be missing, in milliseconds; without an end when they still are. */
      readonly from: number;
      readonly to: number;
      /** True when the rows were read again, so that only overwritten changes may be missing. */
      readonly reread: boolean;
    }
  | { readonly kind: 'nothing' };

export function readRecord({ value, headers, partition }: PublishedRecord): Told {
  if (value === undefined) return { kind: 'nothing' };
  const fields = JSON.parse(value) as Readonly<Record<string, unknown>>;
  const type = fields['_EventType'];
  if (type === 'gap') {
    const { from, to, onReplayLost } = fields;
    return {
      kind: 'gap',
      identity: `${headers[rereadHeader]} ${partition}`,
      from: Date.parse(String(from)),
      to: typeof to === 'string' ? Date.parse(to) : Number.POSITIVE_INFINITY,
      reread: onReplayLost === undefined || onReplayLost === 'resync',
    };
  }
  const { Id: id, Name: name } = fields;
  if (typeof id !== 'string' || (type !== 'deleted' && typeof name !== 'string')) return { kind: 'nothing' };
  return {
    kind: 'change',
    mark: markOf(id, type === 'deleted' ? undefined : String(name)),
    ...(headers[rereadHeader] === undefined ? {} : { reread: `${headers[rereadHeader]} ${id} ${type === 'deleted'}` }),
    drifting: fields[driftingField] ?? undefined,
  };
}
