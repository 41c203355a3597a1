/** The file `commit`, written last: the image's table of contents. What it does not vouch for is no image. */
import { sha256 } from '@noble/hashes/sha2.js';
import { PAGE_SIZE } from '../cpu/ram.ts';
import { ImageError } from '../kernel/kobject/errors.ts';
import type { Values } from '../kernel/kobject/field.ts';
import { count, fixedBytes, list, str, struct, u32 } from '../kernel/kobject/fields.ts';
import { crc32c } from './checksum.ts';
import { only, type RecordWriter, readRecords } from './record.ts';
import { readRow, writeRow } from './row.ts';
import type { ImageSource } from './store.ts';
import { pack } from './wire.ts';

const COMMIT = 'commit';
/** Its frames have checksums in `pagemap`, so that they need not be read twice: the commit record sums the head only. */
const PAGES = 'pages';

const fileFields = {
  name: str('file'),
  size: count('bytes'),
  crc: u32('CRC-32C of its bytes; of `pages`, of the first 4096', { show: 'hex' }),
};
const commitFields = {
  files: list(struct(fileFields, 'a file'), 'every other file of the image, in the order of writing'),
  digest: fixedBytes(32)('SHA-256 of that table as msgpack: names the image'),
};
export const commitField = struct(commitFields, 'the table of contents');
type FileRow = Values<typeof fileFields>;

function digestOf(files: readonly FileRow[]): Uint8Array {
  return sha256(pack(files.map(({ name, size, crc }) => [name, size, crc])));
}

export function writeCommit(writer: RecordWriter): void {
  const files = writer.files.map((file) => ({ ...file }));
  writer.begin(COMMIT);
  writeRow(writer, 'DONE', commitField, { files, digest: digestOf(files) });
}

/** Checks that the files are those of one whole image, byte for byte (frames: when they are read). Throws ImageError. */
export function checkCommit(source: ImageSource): void {
  const names = new Set(source.list());
  if (!names.has(COMMIT)) {
    const reason =
      names.size === 0 ? 'there is no image' : 'has no commit record: the dump did not end, or this is no image';
    throw new ImageError('ENOCOMMIT', source.origin, reason);
  }
  const { files, digest } = readRow(only(readRecords(source, COMMIT), 'DONE', COMMIT), commitField);
  if (digestOf(files).some((byte, i) => digest[i] !== byte)) {
    throw new ImageError('ECHECKSUM', COMMIT, 'the table of contents does not match its digest');
  }
  names.delete(COMMIT);
  for (const file of files) {
    if (!names.delete(file.name)) throw new ImageError('ENOFILE', file.name, 'is missing');
    checkFile(source, file);
  }
  for (const name of names) throw new ImageError('EEXTRAFILE', name, 'does not belong to the image');
}

function checkFile(source: ImageSource, { name, size, crc }: FileRow): void {
  const found = source.size(name);
  if (found < size) throw new ImageError('ETRUNCATED', name, `has ${found} bytes, had ${size}`);
  if (found > size) throw new ImageError('EEXTRAFILE', name, `has ${found} bytes, had ${size}`);
  const summed = source.read(name, 0, name === PAGES ? Math.min(size, PAGE_SIZE) : size);
  if (crc32c(summed) !== crc) throw new ImageError('ECHECKSUM', name, 'does not match its checksum');
}
