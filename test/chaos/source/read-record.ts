/** Part of a record that tells what it stands for. */
export interface PublishedRecord {
  readonly value: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a published record says. */
export type Told =
  | {
      readonly kind: 'change';
      readonly mark: string;
      /** True when the row was read from the org and not taken from an event. */
      readonly reread: boolean;
    }
  | {
      readonly kind: 'gap';
      /** Changes in between may be missing, in milliseconds; without an end when they still are. */
      readonly from: number;
      readonly to: number;
      /** True when the rows were read again, so that only overwritten changes may be missing. */
      readonly reread: boolean;
    }
  | { readonly kind: 'nothing' };

export function readRecord({ value, headers }: PublishedRecord): Told {
  if (value === undefined) return { kind: 'nothing' };
  const fields = JSON.parse(value) as Readonly<Record<string, unknown>>;
  const type = fields['_EventType'];
  if (type === 'gap') {
    const { from, to, onReplayLost } = fields;
    return {
      kind: 'gap',
      from: Date.parse(String(from)),
      to: typeof to === 'string' ? Date.parse(to) : Number.POSITIVE_INFINITY,
      reread: onReplayLost === undefined || onReplayLost === 'resync',
    };
  }
  const mark = type === 'deleted' ? fields['Id'] : fields['Name'];
  if (typeof mark !== 'string') return { kind: 'nothing' };
  return { kind: 'change', mark, reread: headers['bridge.reread'] !== undefined || type === 'snapshot' };
}
