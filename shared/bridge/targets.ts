import type { RowTarget, UpsertWrite } from './bridge.ts';

interface FoundBy {
  /** The key field. @default rows are found by their Id */
  readonly externalId?: string;
}

/**
 * Makes a row of each record.
 *
 * @param options.mark an external ID field that gets the record's coordinates, so that a repeat after a crash makes no
 *   second row. Without it a crash between the call and the acknowledgement makes one.
 */
export function create(object: string, options: { mark?: string } = {}): RowTarget {
  return { operation: 'create', object, ...options };
}

/** Changes rows that exist; a row that does not is rejected. */
export function update(object: string, options: FoundBy = {}): RowTarget {
  return { operation: 'update', object, ...options };
}

/** Creates or updates rows of one object, found by a unique external ID field, so that a repeat changes nothing. */
export function upsert(object: string, options: { externalId: string }): UpsertWrite {
  return { operation: 'upsert', object, externalId: options.externalId };
}

/** Deletes rows; one that is gone already counts as deleted. */
export function remove(object: string, options: FoundBy = {}): RowTarget {
  return { operation: 'delete', object, ...options };
}

/** Brings rows back from the recycle bin. */
export function undelete(object: string, options: FoundBy = {}): RowTarget {
  return { operation: 'undelete', object, ...options };
}

/** Publishes a platform event, such as `Price__e`, for each record. */
export function publishEvent(event: string): RowTarget {
  return { operation: 'publish', object: event };
}

/**
 * Does what the record says: its `_ObjectType` names the object, its `_EventType` what happened to the row. With an
 * external ID the rows of another org are kept equal to it: that field holds the Id the row has there.
 */
export function fromRecord(object: string, options: FoundBy = {}): RowTarget {
  return { operation: 'fromRecord', object, ...options };
}
