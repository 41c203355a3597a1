/** Bytes as numbers for a wait record, which a message is while its sender or receiver sleeps: the length, then four by four. */

export function packBytes(data: Uint8Array): number[] {
  const words = new Uint32Array(Math.ceil(data.length / 4));
  new Uint8Array(words.buffer).set(data);
  return [data.length, ...words];
}

export function unpackBytes([length, ...words]: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(words).buffer).slice(0, length);
}
