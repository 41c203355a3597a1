import { expect, test } from 'vitest';
import { Decoder } from '../../src/cpu/decoder.ts';
import { integerRows } from '../../src/cpu/rows/index.ts';
import { useHotOperations } from '../../src/cpu/translate.ts';
import { places, startState } from './oracle/cases.ts';
import { difference } from './oracle/compare.ts';
import { Replay } from './oracle/replay.ts';
import { readVectors } from './oracle/vectors.ts';

const PER_ROW = 200;

const buffer = new Uint8Array(32);
const decoder = new Decoder(buffer, () => 16);
function decode(bytes: readonly number[]) {
  buffer.fill(0xcc);
  buffer.set(bytes);
  decoder.decode(0, 32, false);
  return decoder.form;
}
const opOf = (bytes: readonly number[]): string => decode(bytes).row.op;

/** Replays all vectors; returns what differed, and how often each row occurred. */
function replayAll(): { problems: string[]; perRow: Map<object, number> } {
  const replay = new Replay();
  const problems: string[] = [];
  const perRow = new Map<object, number>();
  for (const { index, bytes, outcome } of readVectors(opOf)) {
    const form = decode(bytes);
    perRow.set(form.row, (perRow.get(form.row) ?? 0) + 1);
    const problem = difference(form, outcome, replay.execute(bytes, startState(index, form.row.op)));
    if (problem !== null) problems.push(`case ${index}, ${form.row.code} ${form.row.name}: ${problem}`);
  }
  return { problems, perRow };
}

test('every integer instruction does what the recorded processor did', () => {
  const { problems, perRow } = replayAll();
  expect(problems).toEqual([]);
  // Illegal LOCK prefixes decode to no row: a few cases of a row go there.
  const thin = [...new Set(places(integerRows).map(({ form }) => form.row))].filter(
    (row) => (perRow.get(row) ?? 0) < PER_ROW * 0.9,
  );
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
