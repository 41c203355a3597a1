/** Makes a changed image's checksums right again, so that what lies behind them is tried. */
import { crc32c } from '../../src/ckpt/checksum.ts';
import { writeCommit } from '../../src/ckpt/commit.ts';
import { FILE_HEADER, RecordWriter } from '../../src/ckpt/record.ts';
import { MemoryImage, MemorySink } from '../../src/ckpt/store.ts';
import { PAGE_SIZE } from '../../src/cpu/ram.ts';

/** A copy of the image with the checksums of its records, files and table of contents. */
export function reseal(image: MemoryImage): MemoryImage {
  const sink = new MemorySink();
  const writer = new RecordWriter(sink);
  const result: [string, Uint8Array][] = [];
  for (const [name, original] of image.files) {
    if (name === 'commit') continue;
    const data = Uint8Array.from(original);
    resealHeader(data);
    if (name !== 'pages') resealRecords(data);
    const summed = name === 'pages' ? data.subarray(0, PAGE_SIZE) : data;
    writer.files.push({ name, size: data.length, crc: crc32c(summed) });
    result.push([name, data]);
  }
  writeCommit(writer);
  sink.commit();
  return new MemoryImage([...result, ...sink.image!.files]);
}

function resealHeader(data: Uint8Array): void {
  view(data).setUint32(FILE_HEADER - 4, crc32c(data.subarray(0, FILE_HEADER - 4)), true);
}

function resealRecords(data: Uint8Array): void {
  const words = view(data);
  for (let at = FILE_HEADER; at + 16 <= data.length; ) {
    const length = words.getUint32(at + 4, true);
    const end = at + 16 + length;
    if (end > data.length) return;
    words.setUint32(at + 8, crc32c(data.subarray(at + 16, end)), true);
    words.setUint32(at + 12, crc32c(data.subarray(at, at + 12)), true);
    at = end + (-length & 7);
  }
}

function view(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.length);
}

/** The image with one file changed by `change`, checksums made right. */
export function forge(image: MemoryImage, name: string, change: (data: Uint8Array) => void): MemoryImage {
  const data = Uint8Array.from(image.files.get(name)!);
  change(data);
  return reseal(new MemoryImage([...image.files, [name, data]]));
}
