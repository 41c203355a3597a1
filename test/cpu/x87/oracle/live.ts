/**
 * Compares the FPU with this machine's processor on random cases:
 * `npx tsx test/cpu/x87/oracle/live.ts [--count 1000000] [--seed 1] [--form fadd] [--show 3]`.
 * `--count` is the number of cases over all forms whose name matches. Prints a line for each form that differs.
 */
import { parseArgs } from 'node:util';
import { fill, type Subject, subjects } from './cases.ts';
import { difference } from './differ.ts';
import { Native } from './native.ts';
import { Random } from '../../oracle/random.ts';
import { REPLY, REPLY_SIZE, REQUEST, REQUEST_SIZE, STATE } from './record.ts';
import { Replay } from './replay.ts';

const BATCH = 20000;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200000' },
    seed: { type: 'string', default: '1' },
    form: { type: 'string', default: '' },
    show: { type: 'string', default: '1' },
  },
});

interface Tally {
  cases: number;
  readonly kinds: Map<string, number>;
  readonly examples: string[];
}

const native = new Native();
const replay = new Replay();
const wanted = subjects.filter((it) => new RegExp(values.form).test(it.name));
const each = Math.ceil(Number(values.count) / wanted.length);
const show = Number(values.show);
let total = 0;
let wrong = 0;
const start = process.hrtime.bigint();
wanted.forEach((it, n) => {
  const tally = campaign(it, new Random(Number(values.seed) * 1000 + n), each);
  total += tally.cases;
  const notable = [...tally.kinds].map(([kind, count]) => `${kind}: ${count}`);
  if (notable.length > 0) console.log(`${it.name}: ${tally.cases} cases, ${notable.join(', ')}`);
  for (const example of tally.examples) console.log(example);
  for (const [kind, count] of tally.kinds) if (kind !== '1 ulp') wrong += count;
});
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
console.log(`${total} cases of ${wanted.length} forms, ${wrong} differ, ${(total / seconds).toFixed(0)} cases/s`);
native.close();
process.exitCode = wrong === 0 ? 0 : 1;

function campaign(it: Subject, random: Random, count: number): Tally {
  const tally: Tally = { cases: 0, kinds: new Map(), examples: [] };
  const ours = Buffer.alloc(REPLY_SIZE);
  while (tally.cases < count) {
    const batch = Math.min(BATCH, count - tally.cases);
    const requests = Buffer.alloc(batch * REQUEST_SIZE);
    for (let i = 0; i < batch; i++) fill(random, it, requests.subarray(i * REQUEST_SIZE, (i + 1) * REQUEST_SIZE));
    const replies = native.run(requests);
    for (let i = 0; i < batch; i++) {
      const request = requests.subarray(i * REQUEST_SIZE, (i + 1) * REQUEST_SIZE);
      const expected = replies.subarray(i * REPLY_SIZE, (i + 1) * REPLY_SIZE);
      replay.run(request, ours);
      note(tally, it, request, expected, ours);
    }
    tally.cases += batch;
  }
  return tally;
}

function note(tally: Tally, it: Subject, request: Buffer, expected: Buffer, ours: Buffer): void {
  const kind = difference(it, expected, ours);
  if (kind === '') return;
  const seen = tally.kinds.get(kind) ?? 0;
  tally.kinds.set(kind, seen + 1);
  if (seen >= show || kind === '1 ulp') return;
  tally.examples.push(
    `  ${kind}\n    before ${print(request.subarray(REQUEST.state), request.subarray(REQUEST.memory))} code ${request.toString('hex', 0, 4)} flags ${request.readUInt32LE(REQUEST.eflags).toString(16)}`,
    `    native ${printReply(expected)}`,
    `    ours   ${printReply(ours)}`,
  );
}

function printReply(reply: Buffer): string {
  return `${print(reply.subarray(REPLY.state), reply.subarray(REPLY.memory))} trap ${reply.readUInt32LE(REPLY.trap)} flags ${reply.readUInt32LE(REPLY.eflags).toString(16)}`;
}

function print(state: Buffer, memory: Buffer): string {
  const word = (at: number): string => state.readUInt16LE(at).toString(16);
  const st = [0, 1, 7].map((i) => {
    const at = STATE.st + i * 16;
    return `${word(at + 8)}:${state.readBigUInt64LE(at).toString(16)}`;
  });
  const pointers = state.toString('hex', STATE.fop, STATE.mxcsr);
  return `cw ${word(STATE.fcw)} sw ${word(STATE.fsw)} tags ${state[STATE.ftw]!.toString(16)} ${st.join(' ')} ptr ${pointers} mem ${memory.toString('hex', 0, 10)}`;
}
