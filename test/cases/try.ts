/** `npm run cases -- TOPIC [CASE...] [--modes]`: cases on a real kernel and on ours; --modes puts them through images too. */
import { nativeSupport, runNative } from '../native/native.ts';
import { demand } from '../native/need.ts';
import { baseline, boundaries, chained, evenly, spread, spreadCounts } from '../scenarios/modes.ts';
import type { Guest } from '../scenarios/session.ts';
import { TOPICS, topicGuest, topicRoot, verdicts } from './cases.ts';

/** Prints the cases that differ, line beside line. Returns how many. */
function differences(real: Map<string, string[]>, ours: Map<string, string[]>): number {
  let count = 0;
  for (const [name, lines] of real) {
    const found = ours.get(name) ?? [];
    if (lines.join('\n') === found.join('\n')) continue;
    count++;
    for (let i = 0; i < Math.max(lines.length, found.length); i++) {
      if (lines[i] === found[i]) console.log(`   ${lines[i]}`);
      else console.log(`-  ${lines[i] ?? '(no line)'}\n+  ${found[i] ?? '(no line)'}`);
    }
  }
  return count;
}

function throughImages(guest: Guest): void {
  const base = baseline(guest);
  chained(guest, base, evenly(boundaries(base), 400));
  spread(guest, base, spreadCounts(base.outcome.icount, 40, 86));
}

const args = process.argv.slice(2);
const modes = args.includes('--modes');
const [topic, ...names] = args.filter((arg) => !arg.startsWith('--'));
if (topic === undefined || !TOPICS.includes(topic)) throw new Error(`a topic is one of ${TOPICS.join(', ')}`);
demand(nativeSupport());
const guest = demand(topicGuest(topic, names));
const native = runNative(demand(topicRoot(topic)), guest.argv, { asInit: true, timeoutMs: 240_000 });
const { stdout, stderr, code } = baseline(guest).outcome;
const real = verdicts(native.stdout);
const different = differences(real, verdicts(stdout));
if (native.stderr !== stderr) console.log(`-  stderr ${native.stderr}\n+  stderr ${stderr}`);
if (modes) throughImages(guest);
console.log(`${real.size} cases, ${different} differ; exit code ${native.code} and ${code}`);
process.exitCode = different > 0 || native.code !== code || native.stderr !== stderr ? 1 : 0;
