/**
 * `npm run bench`: the figures of this machine, now. Words choose: `npm run bench -- cpu`, `npm run bench -- checkpoint`,
 * `npm run bench -- boot`.
 * With `--json` as one object, for scripts.
 */
import { cpus, loadavg } from 'node:os';
import { BOOT_HEADINGS, bootRows } from './boot/boot.ts';
import { CHECKPOINT_HEADINGS, checkpointRows } from './ckpt/dump.ts';
import { MIPS_HEADINGS, mipsCells } from './cpu/mips.ts';
import { type Cell, table } from './runner/table.ts';

interface Section {
  readonly name: string;
  readonly title: string;
  readonly headings: readonly string[];
  rows(): readonly (readonly Cell[])[] | Promise<readonly (readonly Cell[])[]>;
}

const SECTIONS: readonly Section[] = [
  {
    name: 'cpu',
    title: 'Millions of guest instructions per second of processor time (best of some rounds)',
    headings: MIPS_HEADINGS,
    rows: mipsCells,
  },
  {
    name: 'checkpoint',
    title: 'Checkpoints in memory (means, by benchmark.js)',
    headings: CHECKPOINT_HEADINGS,
    rows: checkpointRows,
  },
  {
    name: 'boot',
    title: 'Until a program has ended or asks for input (medians; the process with what loading cr86 takes)',
    headings: BOOT_HEADINGS,
    rows: bootRows,
  },
];

const host = {
  processor: cpus()[0]?.model ?? 'unknown processor',
  processors: cpus().length,
  node: process.version,
  load: Number(loadavg()[0]!.toFixed(2)),
};

/** Rows as objects, by heading. */
async function named({ headings, rows }: Section): Promise<Record<string, Cell>[]> {
  return (await rows()).map((row) => Object.fromEntries(row.map((cell, i) => [headings[i]!, cell])));
}

async function print(sections: readonly Section[]): Promise<void> {
  console.log(`${host.processor}, ${host.processors} of them, load ${host.load}, Node ${host.node}`);
  for (const { title, headings, rows } of sections) console.log(`\n${title}\n\n${table(headings, await rows())}`);
}

const wanted = process.argv.slice(2).filter((word) => word !== '--json');
const chosen = SECTIONS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (chosen.length === 0) {
  console.error(
    `bench: no section is called ${wanted.join(' or ')}; there are ${SECTIONS.map((s) => s.name).join(', ')}`,
  );
  process.exitCode = 2;
} else if (process.argv.includes('--json')) {
  const found: Record<string, unknown> = {};
  for (const section of chosen) found[section.name] = await named(section);
  console.log(JSON.stringify({ ...host, ...found }, null, 2));
} else await print(chosen);
