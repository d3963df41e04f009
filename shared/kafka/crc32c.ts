const polynomial = 0x82f63b78;

/** Bytes in a step. */
const step = 16;
/** The checksum of each byte with 0 to 15 zero bytes behind it, 256 numbers each. */
const table = createTable();

/**
 * The checksum of a record batch: CRC-32C (Castagnoli), sixteen bytes a step, since a byte a step takes longer than all the
 * rest of encoding. Node's own `zlib.crc32` has another polynomial.
 *
 * @param end behind the last byte.
 */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const byte = (index: number) => bytes[index] ?? 0;
  const sum = (zeros: number, value: number) => table[(zeros << 8) | (value & 0xff)] ?? 0;
  let crc = -1;
  let at = start;
  for (; at + step <= end; at += step) {
    crc =
      sum(15, crc ^ byte(at)) ^
      sum(14, (crc >>> 8) ^ byte(at + 1)) ^
      sum(13, (crc >>> 16) ^ byte(at + 2)) ^
      sum(12, (crc >>> 24) ^ byte(at + 3)) ^
      sum(11, byte(at + 4)) ^
      sum(10, byte(at + 5)) ^
      sum(9, byte(at + 6)) ^
      sum(8, byte(at + 7)) ^
      sum(7, byte(at + 8)) ^
      sum(6, byte(at + 9)) ^
      sum(5, byte(at + 10)) ^
      sum(4, byte(at + 11)) ^
      sum(3, byte(at + 12)) ^
      sum(2, byte(at + 13)) ^
      sum(1, byte(at + 14)) ^
      sum(0, byte(at + 15));
  }
  for (; at < end; at += 1) crc = sum(0, crc ^ byte(at)) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function createTable(): Int32Array {
  const sums = new Int32Array(step * 256);
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
