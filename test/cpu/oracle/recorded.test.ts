/** Rows that no archive has, and operands that fault, against what a processor did. */
import { expect, test } from 'vitest';
import { rows } from '../../../src/cpu/rows/index.ts';
import { useHotOperations } from '../../../src/cpu/translate.ts';
import { isReserved } from './campaign.ts';
import { difference } from './compare.ts';
import { decode } from './decode.ts';
import { isSimd } from './encodings.ts';
import { readRecording } from './recorded.ts';
import { Replay } from './replay.ts';
import { isSystem, nameOf } from './rows.ts';
import { coverage } from './table.ts';

const PER_ROW = 200;

interface Replayed {
  readonly problems: readonly string[];
  readonly perRow: ReadonlyMap<object, number>;
}

/** Replays all cases; returns what differed, and how often each row occurred. */
function replayAll(): Replayed {
  const { processor, cases } = readRecording();
  const replay = new Replay();
  const problems: string[] = [];
  const perRow = new Map<object, number>();
  cases.forEach(({ bytes, start, outcome: native }, i) => {
    const ours = replay.execute(bytes, start);
    const it = decode(bytes);
    const { row } = it.form;
    perRow.set(row, (perRow.get(row) ?? 0) + 1);
    const problem = isReserved(ours) ? null : difference({ it, start, native, ours, processor });
    if (problem !== null) problems.push(`case ${i}, ${nameOf(row)}: ${problem}`);
  });
  return { problems, perRow };
}

test('every recorded case does what the processor did', () => {
  const { problems, perRow } = replayAll();
  expect(problems).toEqual([]);
  const thin = rows.filter((row) => isSimd(row) && !isSystem(row) && (perRow.get(row) ?? 0) < PER_ROW * 0.9);
  expect(thin.map(nameOf)).toEqual([]);
});

test('handlers alone do the same as the short ways of x87 and SIMD instructions', () => {
  useHotOperations(false);
  try {
    expect(replayAll().problems).toEqual([]);
  } finally {
    useHotOperations(true);
  }
});

test('every row has vectors, or cases written from the manual', () => {
  expect(
    coverage('x86-64')
      .filter(({ cases }) => cases === 0)
      .map(({ row }) => nameOf(row)),
  ).toEqual([]);
});
