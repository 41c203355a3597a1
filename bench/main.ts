/**
 * `npm run bench`: the figures of this machine, now. Words choose: `npm run bench -- cpu`, `npm run bench -- checkpoint`.
 * With `--json` as one object, for scripts.
 */
import { cpus, loadavg } from 'node:os';
import { CHECKPOINT_HEADINGS, checkpointRows } from './ckpt/dump.ts';
import { MIPS_HEADINGS, mipsCells } from './cpu/mips.ts';
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
];

const host = {
  processor: cpus()[0]?.model ?? 'unknown processor',
  processors: cpus().length,
  node: process.version,
  load: Number(loadavg()[0]!.toFixed(2)),
};

/** Rows as objects, by heading. */
function named({ headings, rows }: Section): Record<string, Cell>[] {
  return rows().map((row) => Object.fromEntries(row.map((cell, i) => [headings[i]!, cell])));
}

function print(sections: readonly Section[]): void {
  console.log(`${host.processor}, ${host.processors} of them, load ${host.load}, Node ${host.node}`);
  for (const { title, headings, rows } of sections) console.log(`\n${title}\n\n${table(headings, rows())}`);
}

const wanted = process.argv.slice(2).filter((word) => word !== '--json');
const chosen = SECTIONS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (chosen.length === 0) {
  console.error(
    `bench: no section is called ${wanted.join(' or ')}; there are ${SECTIONS.map((s) => s.name).join(', ')}`,
  );
  process.exitCode = 2;
} else if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ ...host, ...Object.fromEntries(chosen.map((s) => [s.name, named(s)])) }, null, 2));
} else print(chosen);
