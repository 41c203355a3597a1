import { describe, expect, it } from 'vitest';
import { ambientInputs, scanLayers } from './ambient.ts';

const names = (text: string): string[] => ambientInputs('x.ts', text).map((f) => f.what);

describe('the no-ambient-input rule', () => {
  it('holds in every file below api', () => {
    const { findings, files } = scanLayers();
    expect(findings.map((f) => `${f.file}:${f.line}: ${f.what}`)).toEqual([]);
    expect(files).toBeGreaterThan(20);
  });

  it.each([
    ['const t = Date.now();', 'Date'],
    ['const t = new Date();', 'Date'],
    ['const r = Math.random();', 'Math.random'],
    ['const s = Math.sin(1);', 'Math.sin'],
    ['setTimeout(() => {}, 1);', 'setTimeout'],
    ['const f = { wait: setInterval };', 'setInterval'],
    ['const t = performance.now();', 'performance'],
    ['let p: Promise<number>;', 'Promise'],
    ['const x = async () => 1;', 'async'],
    ['for (const k in table) use(k);', 'for in'],
    ["const c = a.localeCompare('b');", 'localeCompare'],
    ['const { env } = process;', 'process'],
    ['const { Date } = host; new Date();', 'Date'],
    ['const d = { Date };', 'Date'],
    ['const w = new WeakRef(o);', 'WeakRef'],
  ])('finds it in: %s', (text, what) => {
    expect(new Set(names(text))).toEqual(new Set([what]));
  });

  it('finds await and for await, and says where', () => {
    expect(ambientInputs('x.ts', 'let a;\nawait a;\nfor await (const b of a) b;').map((f) => [f.line, f.what])).toEqual(
      [
        [2, 'await'],
        [3, 'for await'],
      ],
    );
  });

  it.each([
    'const row = { Date: 1, process: 2 };',
    'task.process.console.fetch();',
    'for (const process of processes) show(process);',
    'const { console } = this; console.output();',
    'const fetch = (console: Console) => console;',
    'const n = Math.floor(Math.sqrt(2));',
    'for (const k of Object.keys(t)) use(k);',
    'interface A { performance: number }',
  ])('lets pass: %s', (text) => {
    expect(names(text)).toEqual([]);
  });
});
