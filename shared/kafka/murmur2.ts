const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;

/**
 * The hash by which Java's client, and so every other one, chooses the partition of a key. kafkajs computes the same with
 * objects of 64 bits for each character.
 *
 * https://github.com/apache/kafka/blob/4.1.1/clients/src/main/java/org/apache/kafka/common/utils/Utils.java (`murmur2`)
 *
 * @returns 32 bits, signed.
 */
export function murmur2(bytes: Uint8Array): number {
  const byte = (index: number) => bytes[index] ?? 0;
  const { length } = bytes;
  const whole = length - (length % 4);
  let hash = seed ^ length;
  for (let at = 0; at < whole; at += 4) {
    let word = byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24);
    word = Math.imul(word, multiplier);
    word ^= word >>> 24;
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier);
  }
  if (whole < length) {
    hash ^= byte(whole) | (byte(whole + 1) << 8) | (byte(whole + 2) << 16);
    hash = Math.imul(hash, multiplier);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, multiplier);
  return hash ^ (hash >>> 15);
}
