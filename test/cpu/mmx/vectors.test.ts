/** Packed integer instructions against what a processor made of 256 cases of every row. */
import { describe, expect, test } from 'vitest';
import { mmxRows } from '../../../src/cpu/mmx/rows.ts';
import { casesOf } from './oracle/cases.ts';
import { RECORD, RECORD_SIZE } from './oracle/record.ts';
import { Replay } from './oracle/replay.ts';
import { type Result, readVectors, resultOf } from './oracle/vectors.ts';

const vectors = readVectors();
const replay = new Replay();
const EFLAGS = 0x202;

const show = ({ trap, words }: Result): string =>
  `trap ${trap} ${[...words].map(([at, value]) => `${at}:${value.toString(16)}`).join(' ')}`;

/** The cases of a row whose outcome is not the processor's. */
function differences(code: string, results: readonly Result[]): string[] {
  const row = mmxRows.find((it) => it.code === code);
  if (row === undefined) throw new Error(`the vectors know ${code}, the rows do not`);
  const records = casesOf(row);
  return results.flatMap((wanted, i) => {
    const record = records.subarray(i * RECORD_SIZE, (i + 1) * RECORD_SIZE);
    const left = replay.run(record);
    expect(left.readUInt32LE(RECORD.eflags)).toBe(EFLAGS);
    const found = show(resultOf(record, left));
    return found === show(wanted) ? [] : [`case ${i}: ${found}, not ${show(wanted)}`];
  });
}

describe(`as ${vectors.processor}`, () => {
  for (const [i, code] of vectors.rows.entries()) {
    test(code, () => expect(differences(code, vectors.results[i]!)).toEqual([]));
  }

  test('every row has vectors', () => {
    expect(mmxRows.map(({ code }) => code).filter((code) => !vectors.rows.includes(code))).toEqual([]);
  });
});
