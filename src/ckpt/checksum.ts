/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), sixteen bytes a step: the checksum of records and page runs. */

const POLYNOMIAL = 0x82f6_3b78;
const SLICES = 16;
const TABLE = buildTable();

function buildTable(): Int32Array {
  const table = new Int32Array(SLICES * 256);
  for (let i = 0; i < 256; i++) {
    let c = i;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ POLYNOMIAL : c >>> 1;
    table[i] = c;
  }
  for (let i = 256; i < table.length; i++) {
    const previous = table[i - 256]!;
    table[i] = (previous >>> 8) ^ table[previous & 0xff]!;
  }
  return table;
}

/** CRC-32C of `data`, as uint32. `previous` is the checksum of what came before it, so that a whole can be summed in parts. */
export function crc32c(data: Uint8Array, previous = 0): number {
  const aligned = Math.min(-data.byteOffset & 3, data.length);
  const words = (data.length - aligned) & ~(SLICES - 1);
  let crc = bytewise(data.subarray(0, aligned), ~previous);
  if (words > 0) crc = sliced(new Int32Array(data.buffer, data.byteOffset + aligned, words / 4), crc);
  crc = bytewise(data.subarray(aligned + words), crc);
  return ~crc >>> 0;
}

function bytewise(data: Uint8Array, start: number): number {
  let crc = start;
  for (let i = 0; i < data.length; i++) crc = (crc >>> 8) ^ TABLE[(crc ^ data[i]!) & 0xff]!;
  return crc;
}

/** Words are little-endian, as guest RAM's views need it too. */
function sliced(words: Int32Array, start: number): number {
  const t = TABLE;
  let crc = start;
  for (let i = 0; i < words.length; i += 4) {
    const a = words[i]! ^ crc;
    const b = words[i + 1]!;
    const c = words[i + 2]!;
    const d = words[i + 3]!;
    crc =
      t[3840 + (a & 0xff)]! ^
      t[3584 + ((a >>> 8) & 0xff)]! ^
      t[3328 + ((a >>> 16) & 0xff)]! ^
      t[3072 + (a >>> 24)]! ^
      t[2816 + (b & 0xff)]! ^
      t[2560 + ((b >>> 8) & 0xff)]! ^
      t[2304 + ((b >>> 16) & 0xff)]! ^
      t[2048 + (b >>> 24)]! ^
      t[1792 + (c & 0xff)]! ^
      t[1536 + ((c >>> 8) & 0xff)]! ^
      t[1280 + ((c >>> 16) & 0xff)]! ^
      t[1024 + (c >>> 24)]! ^
      t[768 + (d & 0xff)]! ^
      t[512 + ((d >>> 8) & 0xff)]! ^
      t[256 + ((d >>> 16) & 0xff)]! ^
      t[d >>> 24]!;
  }
  return crc;
}
