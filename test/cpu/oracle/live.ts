/**
 * Compares the interpreter with this host's processor: `npx tsx test/cpu/oracle/live.ts [cases per place] [seed] [op]`.
 * Prints one example and a count for each kind of difference.
 */
import { integerRows } from '../../../src/cpu/rows/index.ts';
import { caseBytes, places, Random, startState } from './cases.ts';
import { difference } from './compare.ts';
import { buildNative, runNative } from './native.ts';
import { Replay } from './replay.ts';

const perPlace = Number(process.argv[2] ?? 100);
const seed = Number(process.argv[3] ?? 1);
const only = process.argv[4];
const strict = process.argv.includes('--strict');
const native = buildNative();
const replay = new Replay();
const random = new Random(seed);
let total = 0;
const found = new Map<string, { count: number; example: string }>();

for (const place of places(integerRows)) {
  if (only !== undefined && only !== '--strict' && place.form.row.op !== only) continue;
  const cases = Array.from({ length: perPlace }, () => {
    const bytes = caseBytes(random, place);
    return { bytes, start: startState(random.next(), place.form.row.op) };
  });
  const outcomes = runNative(native, cases);
  cases.forEach((c, i) => {
    total++;
    const problem = difference(place.form, outcomes[i]!, replay.execute(c.bytes, c.start), strict ? 0xcd5 : undefined);
    if (problem === null) return;
    const { row } = place.form;
    const key = `${row.code} ${row.name} ${row.operands}: ${problem.split(' ')[0]}`;
    const entry = found.get(key) ?? {
      count: 0,
      example: `${c.bytes.map((b) => b.toString(16)).join(' ')} | ${problem} | ${[...c.start.regs].map((r) => (r >>> 0).toString(16))} ${c.start.eflags.toString(16)}`,
    };
    entry.count++;
    found.set(key, entry);
  });
}
for (const [key, { count, example }] of found) console.log(count, key, '|', example);
console.log(`${total} cases, ${[...found.values()].reduce((sum, { count }) => sum + count, 0)} differences`);
