/**
 * Files of an image: a 32-byte header, then records. All numbers are little-endian.
 *
 *     header   magic[8]  version u32  byte order u32  name[12]  CRC-32C of these 28 bytes u32
 *     record   type[4]  length u32  CRC-32C of the payload u32  CRC-32C of these 12 bytes u32
 *              payload, zeros up to a multiple of 8
 */

import { latin1 } from '../kernel/bytes.ts';
import { ImageError } from '../kernel/kobject/errors.ts';
import { crc32c } from './checksum.ts';
import type { ImageSink, ImageSource } from './store.ts';

/** High bit, name, CR LF and ^Z: a transfer that mangles text is seen at once, as with PNG. */
export const MAGIC = Uint8Array.of(0x89, 0x63, 0x72, 0x38, 0x36, 0x0d, 0x0a, 0x1a);
/** Version of the framing; what the records hold is versioned by kind. */
export const FORMAT_VERSION = 1;
export const BYTE_ORDER = 0x0102_0304;
export const FILE_HEADER = 32;
const RECORD_HEADER = 16;
const NAME_LENGTH = 12;
const NAME_AT = 16;
const ALIGN = 8;
const ZEROS = new Uint8Array(ALIGN);

/** Writes files of records and keeps what the commit record says of each. */
export class RecordWriter {
  readonly #sink: ImageSink;
  readonly files: { name: string; size: number; crc: number }[] = [];

  constructor(sink: ImageSink) {
    this.#sink = sink;
  }

  get bytes(): number {
    return this.files.reduce((sum, file) => sum + file.size, 0);
  }

  begin(name: string): void {
    this.#sink.begin(name);
    this.files.push({ name, size: 0, crc: 0 });
    this.raw(fileHeader(name));
  }

  /** Appends a record. `type` has four letters. */
  record(type: string, payload: Uint8Array): void {
    const header = new Uint8Array(RECORD_HEADER);
    const view = new DataView(header.buffer);
    for (let i = 0; i < 4; i++) header[i] = type.charCodeAt(i);
    view.setUint32(4, payload.length, true);
    view.setUint32(8, crc32c(payload), true);
    view.setUint32(12, crc32c(header.subarray(0, 12)), true);
    this.raw(header);
    this.raw(payload);
    this.raw(ZEROS.subarray(0, padding(payload.length)));
  }

  /** Appends bytes outside any record. */
  raw(data: Uint8Array): void {
    this.unsummed(data);
    const file = this.files[this.files.length - 1]!;
    file.crc = crc32c(data, file.crc);
  }

  /** Appends bytes whose checksum stands elsewhere. */
  unsummed(data: Uint8Array): void {
    if (data.length === 0) return;
    this.#sink.write(data);
    this.files[this.files.length - 1]!.size += data.length;
  }
}

export interface ImageRecord {
  readonly type: string;
  readonly payload: Uint8Array;
  /** `objects[3]`: how errors call it. */
  readonly path: string;
}

/** Every record of a file, checked. Throws ImageError. */
export function readRecords(source: ImageSource, name: string): ImageRecord[] {
  const data = source.read(name, 0, source.size(name));
  checkHeader(data, name);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const records: ImageRecord[] = [];
  for (let at = FILE_HEADER; at < data.length; ) {
    const path = `${name}[${records.length}]`;
    if (at + RECORD_HEADER > data.length) throw new ImageError('ETRUNCATED', path, 'ends within a record header');
    const header = data.subarray(at, at + RECORD_HEADER);
    if (crc32c(header.subarray(0, 12)) !== view.getUint32(at + 12, true)) {
      throw new ImageError('ECHECKSUM', path, 'the record header does not match its checksum');
    }
    const length = view.getUint32(at + 4, true);
    const start = at + RECORD_HEADER;
    const end = start + length + padding(length);
    if (end > data.length) throw new ImageError('ETRUNCATED', path, 'ends within a record');
    const payload = data.subarray(start, start + length);
    if (crc32c(payload) !== view.getUint32(at + 8, true)) {
      throw new ImageError('ECHECKSUM', path, 'the record does not match its checksum');
    }
    if (data.subarray(start + length, end).some((byte) => byte !== 0)) {
      throw new ImageError('ECHECKSUM', path, 'the padding is not zero');
    }
    records.push({ type: latin1(header.subarray(0, 4)), payload, path });
    at = end;
  }
  return records;
}

/** The one record of a file that has one of its `type`. */
export function only(records: readonly ImageRecord[], type: string, file: string): ImageRecord {
  const record = records.find((r) => r.type === type);
  if (record === undefined) throw new ImageError('ENORECORD', file, `has no ${type} record`);
  return record;
}

function padding(length: number): number {
  return -length & (ALIGN - 1);
}

function fileHeader(name: string): Uint8Array {
  const header = new Uint8Array(FILE_HEADER);
  const view = new DataView(header.buffer);
  header.set(MAGIC);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, BYTE_ORDER, true);
  for (let i = 0; i < name.length; i++) header[NAME_AT + i] = name.charCodeAt(i);
  view.setUint32(FILE_HEADER - 4, crc32c(header.subarray(0, FILE_HEADER - 4)), true);
  return header;
}

/** Checks the header of file `name`. Throws ImageError saying what is wrong with it first. */
export function checkHeader(data: Uint8Array, name: string): void {
  if (data.length < FILE_HEADER) throw new ImageError('ETRUNCATED', name, 'ends within its header');
  if (MAGIC.some((byte, i) => data[i] !== byte)) throw new ImageError('EMAGIC', name, 'is no file of a cr86 image');
  const view = new DataView(data.buffer, data.byteOffset, FILE_HEADER);
  if (view.getUint32(FILE_HEADER - 4, true) !== crc32c(data.subarray(0, FILE_HEADER - 4))) {
    throw new ImageError('ECHECKSUM', name, 'the file header does not match its checksum');
  }
  const version = view.getUint32(8, true);
  if (version !== FORMAT_VERSION) {
    throw new ImageError('EVERSION', name, `format version ${version}; this cr86 reads ${FORMAT_VERSION}`);
  }
  if (view.getUint32(12, true) !== BYTE_ORDER) throw new ImageError('EBYTEORDER', name, 'is not little-endian');
  const found = latin1(data.subarray(NAME_AT, NAME_AT + NAME_LENGTH)).replace(/\0+$/, '');
  if (found !== name) throw new ImageError('EMISPLACED', name, `is the file ${JSON.stringify(found)} of an image`);
}
