/** The file `stats`: what a dump did, under CRIU's names. Counts are exact; times come from the host and say nothing of the state. */
import type { Values } from '../kernel/kobject/field.ts';
import { count, struct } from '../kernel/kobject/fields.ts';
import { only, type RecordWriter, readRecords } from './record.ts';
import { readRow, writeRow } from './row.ts';
import type { ImageSource } from './store.ts';

const statisticsFields = {
  freezing_time: count('us until all tasks stood still; 0, since a dump begins between two instructions'),
  frozen_time: count('us that they stood still'),
  memdump_time: count('us to look through the pages'),
  memwrite_time: count('us to write them'),
  pages_scanned: count('pages of all owners, a shared one counted for each'),
  pages_skipped_parent: count('pages that a parent image has'),
  pages_written: count('pages written'),
  pages_lazy: count('pages left behind for a lazy restore'),
  pages_zero: count('frames of zeros, not written'),
  pages_base: count('frames that the base layer has, not written'),
  pages_shared: count('pages whose frame another page had already brought'),
  objects: count('kernel objects'),
  image_bytes: count('bytes of all files before this one'),
};
export const statisticsField = struct(statisticsFields, 'what the dump did');
export type Statistics = Values<typeof statisticsFields>;

/** A host clock in microseconds, whose origin does not matter. */
export type Stopwatch = () => number;

export function writeStatistics(writer: RecordWriter, statistics: Statistics): void {
  writer.begin('stats');
  writeRow(writer, 'STAT', statisticsField, statistics);
}

export function readStatistics(source: ImageSource): Statistics {
  return readRow(only(readRecords(source, 'stats'), 'STAT', 'stats'), statisticsField);
}
