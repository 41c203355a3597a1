/**
 * Damages an image of a running guest and restores it: `npm run mutate` changes every single byte in turn; with
 * `-- --resealed --count N --seed S` bytes are changed at random and the checksums made right again. Whatever is not
 * refused with an ImageError must be the same machine (every byte), or a sound one that runs on (resealed).
 */
import { Command } from 'commander';
import { HostError, ImageError, Machine, type MemoryImage } from '../../src/api/node.ts';
import { MemoryImage as Files } from '../../src/ckpt/store.ts';
import { reseal } from '../ckpt/reseal.ts';
import { generator } from '../scenarios/modes.ts';

const options = new Command('mutate')
  .option('--guest <path>', 'the program that is dumped half-way', '/bin/pipes')
  .option('--root <dir>', 'the root directory it lies in; default: the embedded guests')
  .option('--at <icount>', 'where it is dumped', Number, 500_000)
  .option('--resealed', 'random changes, with checksums made right')
  .option('--count <n>', 'how many of those', Number, 10_000)
  .option('--seed <n>', 'seed of those', Number, 1)
  .parse()
  .opts<{ guest: string; root?: string; at: number; resealed?: boolean; count: number; seed: number }>();

/** Where the guest lies. */
const place = options.root === undefined ? {} : { root: options.root };

/** The most processor time that one restore may take. */
const LIMIT_US = 1_000_000;
/** Instructions that a machine runs that came out of a resealed image. */
const RUN = 20_000;

const outcomes = new Map<string, number>();
const count = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);

/** Restores; gives the machine, or null when it was refused as it should be. Any other error is thrown. */
function restored(image: MemoryImage): Machine | null {
  const start = process.cpuUsage();
  try {
    return Machine.restore(image, place);
  } catch (error) {
    // The image also names the host's root directory.
    if (!(error instanceof ImageError || error instanceof HostError)) throw error;
    count(error.code);
    return null;
  } finally {
    const { user, system } = process.cpuUsage(start);
    if (user + system > LIMIT_US) count('SLOW');
  }
}

function everyByte(image: MemoryImage, hash: string): void {
  for (const [name, data] of image.files) {
    for (let at = 0; at < data.length; at++) {
      data[at]! ^= 1 << (at % 8);
      const machine = restored(image);
      data[at]! ^= 1 << (at % 8);
      if (machine === null) continue;
      if (machine.hash() !== hash) throw new Error(`${name}[${at}]: another machine came out`);
      count('harmless');
      machine.dispose();
    }
  }
}

function resealedOnes(image: MemoryImage): void {
  const random = generator(options.seed);
  const below = (n: number): number => Math.floor(random() * n);
  const names = [...image.files.keys()].filter((name) => name !== 'commit');
  for (let i = 0; i < options.count; i++) {
    const copy = new Files([...image.files].map(([name, data]) => [name, Uint8Array.from(data)]));
    for (let changes = 1 + below(3); changes > 0; changes--) {
      const data = copy.files.get(names[below(names.length)]!)!;
      data[below(data.length)] = below(256);
    }
    const machine = restored(reseal(copy));
    if (machine === null) continue;
    machine.audit();
    machine.run(machine.icount + RUN);
    machine.audit();
    count('restored');
    machine.dispose();
  }
}

const machine = Machine.boot({ argv: [options.guest], ram: 16, ...place });
machine.run(options.at);
const { image } = machine.checkpoint();
const start = performance.now();
if (options.resealed) resealedOnes(image);
else everyByte(image, machine.hash());
const seconds = ((performance.now() - start) / 1000).toFixed(0);
for (const [outcome, times] of [...outcomes].sort((a, b) => b[1] - a[1]))
  console.log(`${String(times).padStart(9)}  ${outcome}`);
console.log(`${[...outcomes.values()].reduce((sum, n) => sum + n, 0)} images in ${seconds} s`);
process.exitCode = outcomes.has('SLOW') ? 1 : 0;
