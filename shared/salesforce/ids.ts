const suffixCharacters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/**
 * The 18-character form of an Id: the 15 that tell apart upper and lower case, and a suffix that says which are upper.
 *
 * @returns undefined when the text has not the shape of an Id.
 */
export function toId18(id: string): string | undefined {
  if (!/^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/.test(id)) return undefined;
  if (id.length === 18) return withCaseOf(id.slice(0, 15), id.slice(15).toUpperCase());
  let suffix = '';
  for (let group = 0; group < 15; group += 5) {
    let bits = 0;
    for (let place = 0; place < 5; place += 1) {
      if (/[A-Z]/.test(id[group + place] ?? '')) bits |= 1 << place;
    }
    suffix += suffixCharacters[bits];
  }
  return id + suffix;
}

/** The long form may arrive in any case, since its suffix restores it. */
function withCaseOf(id: string, suffix: string): string | undefined {
  let restored = '';
  for (const [group, character] of [...suffix].entries()) {
    const bits = suffixCharacters.indexOf(character);
    if (bits < 0) return undefined;
    for (let place = 0; place < 5; place += 1) {
      const each = id[group * 5 + place] ?? '';
      restored += bits & (1 << place) ? each.toUpperCase() : each.toLowerCase();
    }
  }
  return restored + suffix;
}
