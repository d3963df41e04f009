import type { OrgSettings, StreamingRestriction } from '../settings.ts';

/** What each user may stream; who is not restricted by the settings may stream everything. */
export class StreamingAccess {
  readonly #restrictions: OrgSettings['restrictedUsers'];

  constructor(restrictions: OrgSettings['restrictedUsers']) {
    this.#restrictions = restrictions;
  }

  mayStream(username: string): boolean {
    return this.#of(username).noStreaming !== true;
  }

  /** View All on the object, which change events need. */
  mayViewAll(username: string, object: string): boolean {
    const { noViewAll = [], noRead = [] } = this.#of(username);
    return !noViewAll.includes('*') && !noViewAll.includes(object) && !noRead.includes(object);
  }

  mayRead(username: string, object: string, field?: string): boolean {
    const { noRead = [] } = this.#of(username);
    return !noRead.includes(object) && (field === undefined || !noRead.includes(`${object}.${field}`));
  }

  /** Fields of this object that the user may not read. */
  hiddenFields(username: string, object: string): ReadonlySet<string> {
    const { noRead = [] } = this.#of(username);
    return new Set(noRead.filter((name) => name.startsWith(`${object}.`)).map((name) => name.slice(object.length + 1)));
  }

  #of(username: string): StreamingRestriction {
    return this.#restrictions[username] ?? {};
  }
}
