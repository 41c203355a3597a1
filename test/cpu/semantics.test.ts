/** Integer instructions against what a processor did with 200 cases of every row. */
import { expect, test } from 'vitest';
import { integerRows } from '../../src/cpu/rows/index.ts';
import { useHotOperations } from '../../src/cpu/translate.ts';
import { ARCHIVE_PAGES, archivedStart, readArchive } from './oracle/archive.ts';
import { difference } from './oracle/compare.ts';
import { decode } from './oracle/decode.ts';
import { Replay } from './oracle/replay.ts';
import { isSystem } from './oracle/rows.ts';

const PER_ROW = 200;
const PROCESSOR = 'Intel';
const opOf = (bytes: readonly number[]): string => decode(bytes).form.row.op;

/** Replays all vectors; returns what differed, and how often each row occurred. */
function replayAll(): { problems: string[]; perRow: Map<object, number> } {
  const replay = new Replay(ARCHIVE_PAGES);
  const problems: string[] = [];
  const perRow = new Map<object, number>();
  for (const { index, bytes, outcome: native } of readArchive(opOf)) {
    const { row } = decode(bytes).form;
    perRow.set(row, (perRow.get(row) ?? 0) + 1);
    const start = archivedStart(index, row.op);
    const ours = replay.execute(bytes, start);
    const problem = difference({ it: decode(bytes), start, native, ours, processor: PROCESSOR });
    if (problem !== null) problems.push(`case ${index}, ${row.code} ${row.name}: ${problem}`);
  }
  return { problems, perRow };
}

test('every integer instruction does what the recorded processor did', () => {
  const { problems, perRow } = replayAll();
  expect(problems).toEqual([]);
  // Illegal LOCK prefixes decode to no row: a few cases of a row go there.
  const thin = integerRows.filter((row) => !isSystem(row) && (perRow.get(row) ?? 0) < PER_ROW * 0.9);
  expect(thin.map((row) => `${row.code} ${row.name}`)).toEqual([]);
});

test('handlers alone do the same as the interpreter with its own operations', () => {
  useHotOperations(false);
  try {
    expect(replayAll().problems).toEqual([]);
  } finally {
    useHotOperations(true);
  }
});
