/** Records what the guests print on a real kernel: `npx tsx test/kernel/guests/record.ts NAME...`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nativeSupport, runNative } from '../../native/native.ts';
import { isMissing } from '../../native/need.ts';
import { GUESTS, WRITTEN } from '../machine.ts';

const support = nativeSupport();
if (isMissing(support)) throw new Error(`nothing recorded: this host lacks ${support.missing}`);
for (const name of process.argv.slice(2).filter((each) => !WRITTEN.includes(each))) {
  const { stdout, code } = runNative(GUESTS, [`/bin/${name}`], { asInit: true });
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
  writeFileSync(join(GUESTS, 'expected', `${name}.txt`), stdout, 'latin1');
}
