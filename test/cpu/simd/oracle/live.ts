/**
 * Compares with the processor at hand, in random cases that are not kept:
 * `npx tsx test/cpu/simd/oracle/live.ts [cases per row] [seed] [part of a row's name]`.
 * RCP and RSQRT are approximations, which differ from processor to processor, and are left out.
 */
import { Random } from '../../x87/oracle/random.ts';
import { fillRequest, nameOf, subjects } from './cases.ts';
import { difference } from './differ.ts';
import { Native } from './native.ts';
import { REPLY_SIZE, REQUEST_SIZE } from './record.ts';
import { Replay } from './replay.ts';

const SHOWN = 3;
const [count = '2000', seed = '1', part = ''] = process.argv.slice(2);
const cases = Number(count);
const native = new Native();
const replay = new Replay();
let total = 0;
let wrong = 0;
for (const [n, row] of subjects.entries()) {
  if (!nameOf(row).includes(part) || /^r(cp|sqrt)/.test(row.name)) continue;
  const random = new Random(Number(seed) * 1000 + n);
  const requests = Buffer.alloc(cases * REQUEST_SIZE);
  for (let i = 0; i < cases; i++) fillRequest(random, row, requests.subarray(i * REQUEST_SIZE, (i + 1) * REQUEST_SIZE));
  const replies = native.run(requests);
  const ours = Buffer.alloc(REPLY_SIZE);
  const found: string[] = [];
  for (let i = 0; i < cases; i++) {
    const request = requests.subarray(i * REQUEST_SIZE, (i + 1) * REQUEST_SIZE);
    replay.run(request, ours);
    const text = difference(request, replies.subarray(i * REPLY_SIZE, (i + 1) * REPLY_SIZE), ours);
    if (text !== '') found.push(text);
  }
  total += cases;
  wrong += found.length;
  if (found.length > 0)
    console.log(`${nameOf(row)}: ${found.length} of ${cases}\n  ${found.slice(0, SHOWN).join('\n  ')}`);
}
native.close();
console.log(`${wrong} of ${total} cases differ`);
process.exitCode = wrong === 0 ? 0 : 1;
