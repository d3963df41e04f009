const checksumAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const idPattern = /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/;
const serialAlphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * The three characters that make a case-sensitive 15-character ID safe where case is lost: one per group of five, whose
 * bits say which characters are capitals, first character in the lowest bit.
 */
export function idChecksum(id15: string): string {
  let checksum = '';
  for (let group = 0; group < 15; group += 5) {
    let bits = 0;
    for (let position = 0; position < 5; position += 1) {
      const code = id15.charCodeAt(group + position);
      if (code >= 65 && code <= 90) bits |= 1 << position;
    }
    checksum += checksumAlphabet[bits];
  }
  return checksum;
}

/** The 18-character form of a 15- or 18-character ID, or undefined when the text cannot be an ID. */
export function toId18(text: string): string | undefined {
  if (!idPattern.test(text)) return undefined;
  if (text.length === 15) return text + idChecksum(text);
  const id15 = text.slice(0, 15);
  const checksum = idChecksum(id15);
  if (text.endsWith(checksum)) return text;
  // The checksum exists so that an ID whose case was lost on the way can be restored.
  return text.slice(15).toUpperCase() === checksum ? id15 + checksum : restoreCase(id15, text.slice(15).toUpperCase());
}

function restoreCase(id15: string, checksum: string): string | undefined {
  let restored = '';
  for (let index = 0; index < 15; index += 1) {
    const bits = checksumAlphabet.indexOf(checksum[Math.floor(index / 5)] ?? '');
    if (bits < 0) return undefined;
    const character = id15[index] ?? '';
    restored += (bits >> (index % 5)) & 1 ? character.toUpperCase() : character.toLowerCase();
  }
  return idChecksum(restored) === checksum ? restored + checksum : undefined;
}

/** Hands out 18-character IDs that rise per key prefix. */
export interface IdSource {
  (keyPrefix: string): string;
  /** Makes sure that this ID and those below it are not handed out again. */
  reserve(id: string): void;
}

/** `pod` is the two-character instance code behind the prefix. */
export function createIdSource(pod = 'Hn'): IdSource {
  const serials = new Map<string, number>();
  const next = (keyPrefix: string): string => {
    const serial = (serials.get(keyPrefix) ?? 0) + 1;
    serials.set(keyPrefix, serial);
    let rest = serial;
    let text = '';
    while (rest > 0) {
      text = serialAlphabet[rest % 62] + text;
      rest = Math.floor(rest / 62);
    }
    const id15 = `${keyPrefix}${pod}0${text.padStart(9, '0')}`;
    return id15 + idChecksum(id15);
  };
  const reserve = (id: string): void => {
    const prefix = id.slice(0, 3);
    let serial = 0;
    for (const character of id.slice(6, 15)) serial = serial * 62 + serialAlphabet.indexOf(character);
    serials.set(prefix, Math.max(serial, serials.get(prefix) ?? 0));
  };
  return Object.assign(next, { reserve });
}
