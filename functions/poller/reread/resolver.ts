import type { Source } from '../../../shared/bridge/bridge.ts';
import { capturedObjects } from '../../../shared/bridge/captured-objects.ts';
import { asBridgeError } from '../../../shared/errors/bridge-error.ts';
import { textDiffFields } from '../../../shared/salesforce/compound-fields.ts';
import type { RowReader } from '../../../shared/salesforce/read-rows.ts';
import type { RestClient } from '../../../shared/salesforce/rest-client.ts';
import type { ChangedRow } from '../../../shared/salesforce/row-record.ts';
import type { RowSelection } from '../../../shared/salesforce/row-selection.ts';
import { errorFields, type Logger } from '../../../shared/telemetry/logger.ts';
import type { Clock } from '../clock.ts';
import type { Draft } from '../to-delivery.ts';
import { createChildObjects } from './child-objects.ts';
import { contains, createRowCache, hasHash, needsRead, resolveRow } from './resolve-rows.ts';

/** Completes rows before records are made of them, with as few calls as the events of one answer allow. */
export interface Resolver {
  resolve(drafts: readonly Draft[]): Promise<Draft[]>;
  /** True when a source takes rows of an object. */
  isOf(source: Source, object: string): boolean;
  /** The objects a source names; none when it takes any. */
  objectsOf(source: Source): readonly string[];
}

interface ResolverParts {
  readonly reader: RowReader;
  readonly selectionOf: (object: string) => Promise<RowSelection>;
  readonly rest: Pick<RestClient, 'describe'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

export function createResolver({ reader, selectionOf, rest, clock, logger }: ResolverParts): Resolver {
  const cache = createRowCache();
  const withChildObjects = createChildObjects({ rest, clock, logger });
  let hashesAreProven = false;

  /** Reads the rows that the cache does not show as they are after their change. */
  async function load(drafts: readonly Draft[]): Promise<void> {
    const wanted = new Map<string, Set<string>>();
    for (const { source, row } of rowsOf(drafts)) {
      if (row.id === undefined || !needsRead(row, source) || contains(cache.find(row.object, row.id), row)) continue;
      wanted.set(row.object, (wanted.get(row.object) ?? new Set()).add(row.id));
    }
    for (const [object, ids] of wanted) {
      try {
        cache.keep(object, await reader.byIds(await selectionOf(object), [...ids]));
      } catch (cause) {
        const error = asBridgeError(cause);
        if (error.disposition !== 'reject') throw error;
        // No right to read the object, say: the events are still good without what they leave out.
        logger.error('rows cannot be read, so records show what their events do', { object, ...errorFields(error) });
      }
    }
  }

  function resolveOne(row: ChangedRow, source: Source): ChangedRow {
    if (row.id === undefined || !needsRead(row, source)) return row;
    const read = cache.find(row.object, row.id);
    hashesAreProven ||= textDiffFields(row.fields).some((field) => hasHash(row.fields[field], read?.fields[field]));
    return resolveRow(row, source, read, hashesAreProven);
  }

  /** Most events say all that their records are to show. */
  function isComplete({ event, shares }: Draft): boolean {
    if (event.channel.startsWith('/topic/')) return false;
    return shares.every(({ source, rows }) => rows.every((row) => !needsRead(row, source)));
  }

  return {
    async resolve(drafts) {
      const open = new Set(drafts.filter((draft) => !isComplete(draft)));
      await load([...open]);
      const resolved: Draft[] = [];
      for (const draft of drafts) {
        if (!open.has(draft)) {
          resolved.push(draft);
          continue;
        }
        const isPushTopic = draft.event.channel.startsWith('/topic/');
        const shares = draft.shares.map(async ({ source, rows }) => ({
          source,
          rows: await Promise.all(rows.map((row) => (isPushTopic ? withChildObjects(row) : resolveOne(row, source)))),
        }));
        resolved.push({ ...draft, shares: await Promise.all(shares) });
      }
      return resolved;
    },
    isOf(source, object) {
      const objects = capturedObjects(source.capture);
      return objects === undefined || objects.some((each) => each.toLowerCase() === object.toLowerCase());
    },
    objectsOf: (source) => capturedObjects(source.capture) ?? [],
  };
}

function rowsOf(drafts: readonly Draft[]): { source: Source; row: ChangedRow }[] {
  return drafts.flatMap(({ shares }) => shares.flatMap(({ source, rows }) => rows.map((row) => ({ source, row }))));
}
