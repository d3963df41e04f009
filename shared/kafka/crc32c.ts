const polynomial = 0x82f63b78;

/** The checksum of each byte with 0 to 7 zero bytes behind it, 256 numbers each. */
const table = createTable();

/**
 * The checksum of a record batch: CRC-32C (Castagnoli), eight bytes a step, since a byte a step takes longer than all the
 * rest of encoding. Node's own `zlib.crc32` has another polynomial.
 *
 * @param end behind the last byte.
 */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const byte = (index: number) => bytes[index] ?? 0;
  const sum = (zeros: number, value: number) => table[(zeros << 8) | (value & 0xff)] ?? 0;
  let crc = -1;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    crc =
      sum(7, crc ^ byte(at)) ^
      sum(6, (crc >>> 8) ^ byte(at + 1)) ^
      sum(5, (crc >>> 16) ^ byte(at + 2)) ^
      sum(4, (crc >>> 24) ^ byte(at + 3)) ^
      sum(3, byte(at + 4)) ^
      sum(2, byte(at + 5)) ^
      sum(1, byte(at + 6)) ^
      sum(0, byte(at + 7));
  }
  for (; at < end; at += 1) crc = sum(0, crc ^ byte(at)) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function createTable(): Int32Array {
  const sums = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    sums[byte] = crc;
  }
  for (let at = 256; at < sums.length; at += 1) {
    const before = sums[at - 256] ?? 0;
    sums[at] = (before >>> 8) ^ (sums[before & 0xff] ?? 0);
  }
  return sums;
}
