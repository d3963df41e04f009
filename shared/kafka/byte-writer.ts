/** Most lengths written by {@link ByteWriter.openLength} take two bytes: those from 64 to 8,191. */
const usualLengthSize = 2;
/** A longer text is worth the call that encodes it at once. */
const shortText = 63;

/** Writes Kafka's wire types one behind the other, into memory that grows: https://kafka.apache.org/protocol#protocol_types */
export class ByteWriter {
  #bytes: Buffer;
  #end = 0;

  /** @param capacity bytes to begin with. */
  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  get end(): number {
    return this.#end;
  }

  /** What was written so far. The same memory, so write nothing more while it is used. */
  written(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  int8(value: number): void {
    this.#reserve(1);
    this.#end = this.#bytes.writeInt8(value, this.#end);
  }

  int16(value: number): void {
    this.#reserve(2);
    this.#end = this.#bytes.writeInt16BE(value, this.#end);
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#end = this.#bytes.writeInt32BE(value, this.#end);
  }

  int64(value: bigint): void {
    this.#reserve(8);
    this.#end = this.#bytes.writeBigInt64BE(value, this.#end);
  }

  /** Into four bytes that were written before, such as a size that is known only now. */
  uint32At(position: number, value: number): void {
    this.#bytes.writeUInt32BE(value, position);
  }

  /** A text with its length in two bytes; -1 stands for null. */
  nullableText(text: string | null): void {
    const bytes = text === null ? undefined : Buffer.from(text);
    this.int16(bytes?.length ?? -1);
    if (bytes !== undefined) this.#copy(bytes);
  }

  /** A whole number that a double holds, as a zigzag varint or varlong. */
  varint(value: number): void {
    this.#reserve(9);
    this.#end = this.#varintAt(this.#end, value);
  }

  /** Bytes or a text, with a varint of its length before it; -1 stands for null. */
  nullableBytes(value: Buffer | string | null): void {
    if (value === null) this.varint(-1);
    else if (typeof value === 'string') this.#text(value);
    else {
      this.varint(value.length);
      this.#copy(value);
    }
  }

  /** Leaves room for the length of what is written from here to {@link closeLength}, which takes what this returns. */
  openLength(): number {
    this.#reserve(usualLengthSize);
    this.#end += usualLengthSize;
    return this.#end;
  }

  closeLength(start: number): void {
    const length = this.#end - start;
    const size = varintSize(length);
    if (size !== usualLengthSize) {
      const shift = size - usualLengthSize;
      if (shift > 0) this.#reserve(shift);
      this.#bytes.copyWithin(start + shift, start, this.#end);
      this.#end += shift;
    }
    this.#varintAt(start - usualLengthSize, length);
  }

  #text(text: string): void {
    if (text.length <= shortText && this.#shortAscii(text)) return;
    const start = this.openLength();
    this.#reserve(3 * text.length);
    this.#end += this.#bytes.write(text, this.#end);
    this.closeLength(start);
  }

  /** False, and nothing written, when a character takes more than a byte. */
  #shortAscii(text: string): boolean {
    const { length } = text;
    this.#reserve(length + 1);
    const bytes = this.#bytes;
    let at = this.#end;
    bytes[at++] = 2 * length;
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[at++] = code;
    }
    this.#end = at;
    return true;
  }

  /** @returns behind it. */
  #varintAt(position: number, value: number): number {
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    let at = position;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.#bytes[at++] = (rest % 0x80) | 0x80;
    this.#bytes[at] = rest;
    return at + 1;
  }

  #copy(bytes: Buffer): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  #reserve(size: number): void {
    const needed = this.#end + size;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = 2 * value; rest > 0x7f; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}
