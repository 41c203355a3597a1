/** `npm run bench`: the figures of this machine, now. Words choose: `npm run bench -- cpu`, `npm run bench -- checkpoint`. */
import { cpus } from 'node:os';
import { CHECKPOINT_HEADINGS, checkpointRows } from './ckpt/dump.ts';
import { mipsRows } from './cpu/mips.ts';
import { type Cell, table } from './runner/table.ts';

interface Section {
  readonly name: string;
  readonly title: string;
  readonly headings: readonly string[];
  rows(): readonly (readonly Cell[])[];
}

const SECTIONS: readonly Section[] = [
  {
    name: 'cpu',
    title: 'Millions of guest instructions per second',
    headings: ['kernel', 'engine', 'MIPS'],
    rows: () => mipsRows().map(({ kernel, engine, mips }) => [kernel, engine, Math.round(mips)]),
  },
  {
    name: 'checkpoint',
    title: 'Checkpoints in memory (means, by benchmark.js)',
    headings: CHECKPOINT_HEADINGS,
    rows: checkpointRows,
  },
];

const wanted = process.argv.slice(2);
const chosen = SECTIONS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (chosen.length === 0) {
  console.error(
    `bench: no section is called ${wanted.join(' or ')}; there are ${SECTIONS.map((s) => s.name).join(', ')}`,
  );
  process.exitCode = 2;
}
console.log(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`);
for (const { title, headings, rows } of chosen) console.log(`\n${title}\n\n${table(headings, rows())}`);
