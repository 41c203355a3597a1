/** Writes vectors.bin from this machine's processor: `npx tsx test/cpu/x87/oracle/write-vectors.ts [cases per form]`. */
import { readFileSync } from 'node:fs';
import { fill, subjects } from './cases.ts';
import { Native } from './native.ts';
import { Random } from '../../oracle/random.ts';
import { REQUEST_SIZE } from './record.ts';
import { writeVectors } from './vectors.ts';

const SEED = 0x8087;
const cases = Number(process.argv[2] ?? 200);
const native = new Native();
const requests = Buffer.alloc(subjects.length * cases * REQUEST_SIZE);
subjects.forEach((it, n) => {
  const random = new Random(SEED + n);
  for (let i = 0; i < cases; i++) {
    const at = (n * cases + i) * REQUEST_SIZE;
    fill(random, it, requests.subarray(at, at + REQUEST_SIZE));
  }
});
const replies = native.run(requests);
native.close();
const processor = processorName();
const forms = subjects.map(({ name }) => ({ name, cases }));
const size = writeVectors({ processor, forms, requests, replies });
console.log(`${subjects.length} forms, ${subjects.length * cases} cases, ${size} bytes, ${processor}`);

/** Linux /proc/cpuinfo: name, family, model and stepping. */
function processorName(): string {
  const info = readFileSync('/proc/cpuinfo', 'utf8');
  const field = (name: string): string => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(info)?.[1] ?? '?';
  return `${field('model name')} (family ${field('cpu family')}, model ${field('model')}, stepping ${field('stepping')})`;
}
