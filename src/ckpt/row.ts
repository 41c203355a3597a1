/** Records that are one declared structure each: the same field descriptors that declare objects declare them. */
import type { Decoder, Encoder, Field } from '../kernel/kobject/field.ts';
import type { ImageRecord, RecordWriter } from './record.ts';
import { pack, unpack } from './wire.ts';

/** These records hold no references. */
const NONE: Encoder & Decoder = {
  idOf: () => {
    throw new TypeError('a reference outside an object');
  },
  objectOf: () => {
    throw new TypeError('a reference outside an object');
  },
};

export function writeRow<T>(writer: RecordWriter, type: string, field: Field<T>, value: T): void {
  writer.record(type, pack(field.encode(value, NONE)));
}

/** Throws ImageError. */
export function readRow<T>(record: ImageRecord, field: Field<T>): T {
  return field.decode(unpack(record.payload, record.path), NONE, record.path);
}
