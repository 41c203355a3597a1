/** `npm run oracle -- --table`: for each row, what has compared it with a processor or with the manual. */

import type { Row } from '../../../src/cpu/row.ts';
import { rows } from '../../../src/cpu/rows/index.ts';
import { systemCases } from '../system-cases.ts';
import { readVectors as readX87 } from '../x87/oracle/vectors.ts';
import { readArchive } from './archive.ts';
import { unjudged } from './campaign.ts';
import { decode } from './decode.ts';
import type { Mode } from './native.ts';
import { readRecording } from './recorded.ts';
import { isSystem, nameOf } from './rows.ts';

export interface Coverage {
  readonly row: Row;
  /** Committed cases: what a processor did, or for system rows what the manual says. */
  readonly cases: number;
  /** How a host judges new cases, or why it cannot. */
  readonly live: string;
  /** The test that replays the committed cases. */
  readonly test: string;
}

/** Tests that hold cases of CPUID, whose answers are the emulator's own. */
const CPUID_CASES = 1;

function counts(): { vectors: Map<Row, number>; tests: Map<Row, string> } {
  const vectors = new Map<Row, number>();
  const tests = new Map<Row, string>();
  const add = (row: Row, count: number, test: string): void => {
    vectors.set(row, (vectors.get(row) ?? 0) + count);
    if (!tests.has(row)) tests.set(row, test);
  };
  const rowOf = (bytes: ArrayLike<number>): Row => decode(bytes).form.row;
  for (const { bytes } of readArchive((code) => rowOf(code).op)) add(rowOf(bytes), 1, 'semantics.test.ts');
  const byName = new Map(rows.map((row) => [nameOf(row), row]));
  for (const { name, cases } of readX87().forms) {
    const row = byName.get(name);
    if (row !== undefined) add(row, cases, 'x87/vectors.test.ts');
  }
  for (const { bytes } of readRecording().cases) add(rowOf(bytes), 1, 'oracle/recorded.test.ts');
  for (const { code } of systemCases) add(rowOf(Buffer.from(code, 'hex')), 1, 'system.test.ts');
  for (const row of rows) if (row.op === 'cpuid') add(row, CPUID_CASES, 'system.test.ts');
  return { vectors, tests };
}

/** Coverage of every row, with live judging as a host of that mode would. */
export function coverage(mode: Mode): Coverage[] {
  const { vectors, tests } = counts();
  return rows.map((row) => {
    const why = unjudged(row, mode);
    const live =
      why === null ? mode : isSystem(row) ? `not: ${why}` : `not in ${mode} code: ${why}; archive of an i386 host`;
    return { row, cases: vectors.get(row) ?? 0, live, test: tests.get(row) ?? '' };
  });
}

/** The table as lines, and a summary. */
export function tableLines(mode: Mode): { lines: string[]; lacking: number } {
  const all = coverage(mode);
  const lines = all.map(({ row, cases, live, test }) =>
    [
      row.code.padEnd(16),
      row.name.padEnd(11),
      row.operands.padEnd(12),
      row.feature.padEnd(5),
      String(cases).padStart(5),
      test.padEnd(23),
      row.ref.padEnd(26),
      live,
    ].join(' '),
  );
  const lacking = all.filter(({ cases }) => cases === 0).length;
  const judged = all.filter(({ live }) => live === mode).length;
  const cases = all.reduce((sum, it) => sum + it.cases, 0);
  lines.push(`${all.length} rows, ${lacking} without vectors, ${cases} vectors, ${judged} judged live as ${mode} code`);
  return { lines, lacking };
}
