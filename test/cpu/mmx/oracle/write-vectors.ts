/** Writes vectors.br from this machine's processor: `npx tsx test/cpu/mmx/oracle/write-vectors.ts`. */
import { readFileSync } from 'node:fs';
import { mmxRows } from '../../../../src/cpu/mmx/rows.ts';
import { CASES, casesOf } from './cases.ts';
import { Native } from './native.ts';
import { writeVectors } from './vectors.ts';

const native = new Native();
const before = Buffer.concat(mmxRows.map(casesOf));
const after = native.run(before);
native.close();
const rows = mmxRows.map(({ code }) => code);
const size = writeVectors({ processor: processorName(), rows, cases: CASES }, before, after);
console.log(`${rows.length} rows, ${rows.length * CASES} cases, ${size} bytes, ${processorName()}`);

/** Linux /proc/cpuinfo: name, family, model and stepping. */
function processorName(): string {
  const info = readFileSync('/proc/cpuinfo', 'utf8');
  const field = (name: string): string => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(info)?.[1] ?? '?';
  return `${field('model name')} (family ${field('cpu family')}, model ${field('model')}, stepping ${field('stepping')})`;
}
