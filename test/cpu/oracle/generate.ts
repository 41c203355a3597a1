/** Makes test/cpu/oracle/vectors.br anew on this host: `npx tsx test/cpu/oracle/generate.ts [cases per row]`. */
import { readFileSync } from 'node:fs';
import { integerRows } from '../../../src/cpu/rows/index.ts';
import { caseBytes, type Place, places, Random, startState } from './cases.ts';
import { buildNative, type Case, runNative } from './native.ts';
import { writeVectors } from './vectors.ts';

const perRow = Number(process.argv[2] ?? 200);
const random = new Random(20);
const byRow = new Map<object, Place[]>();
for (const place of places(integerRows)) byRow.set(place.form.row, [...(byRow.get(place.form.row) ?? []), place]);
const cases: Case[] = [];
for (const list of byRow.values()) {
  for (let i = 0; i < Math.max(perRow, list.length); i++) {
    const place = list[i % list.length]!;
    cases.push({ bytes: caseBytes(random, place), start: startState(cases.length, place.form.row.op) });
  }
}
const processor = /model name\s*: (.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown';
const outcomes = runNative(buildNative(), cases);
const size = writeVectors({ processor, cases: cases.length }, cases, outcomes);
console.log(`${byRow.size} rows, ${cases.length} cases, ${size} bytes, ${processor}`);
