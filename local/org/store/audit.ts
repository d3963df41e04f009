/** Row timestamps have whole seconds, as everywhere in Salesforce. */
export function stampOf(now: number): string {
  return new Date(Math.floor(now / 1000) * 1000).toISOString();
}

/** Audit fields of a new row. */
export function createdBy(userId: string, now: number) {
  return { CreatedDate: stampOf(now), CreatedById: userId, ...modifiedBy(userId, now) };
}

/** Audit fields of a changed row. */
export function modifiedBy(userId: string, now: number) {
  const stamp = stampOf(now);
  return { LastModifiedDate: stamp, LastModifiedById: userId, SystemModstamp: stamp };
}
