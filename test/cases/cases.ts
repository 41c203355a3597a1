/** The programs of this folder: what is in them, and each built once in a process. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemoryBase } from '../../src/api/index.ts';
import { compile, hasCompiler } from '../native/compiler.ts';
import { TEST_ENV } from '../native/native.ts';
import { isMissing, type Missing } from '../native/need.ts';
import type { Guest } from '../scenarios/session.ts';

const folder = dirname(fileURLToPath(import.meta.url));

/** The topics: NAME.c each. */
export const TOPICS: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith('.c'))
  .map((name) => name.slice(0, -2))
  .sort();

/** The cases of a topic, in order. */
export function casesOf(topic: string): string[] {
  const source = readFileSync(join(folder, `${topic}.c`), 'utf8');
  return [...source.matchAll(/^CASE\((\w+),/gm)].map((match) => match[1]!);
}

const built = new Map<string, string>();

process.on('exit', () => {
  for (const root of built.values()) rmSync(root, { recursive: true, force: true });
});

/** The root directory that has the topic's program in /bin, or what is missing. */
export function topicRoot(topic: string): string | Missing {
  const compiler = hasCompiler();
  if (isMissing(compiler)) return compiler;
  let root = built.get(topic);
  if (root === undefined) {
    root = compile(folder, [topic]);
    built.set(topic, root);
  }
  return root;
}

/** Those cases of a topic, by default all, as a guest. */
export function topicGuest(topic: string, cases: readonly string[] = []): Guest | Missing {
  const root = topicRoot(topic);
  if (isMissing(root)) return root;
  const path = `/bin/${topic}`;
  const content = new Uint8Array(readFileSync(join(root, path)));
  return { root: new MemoryBase({ [path]: { content, mode: 0o755 } }), argv: [path, ...cases], env: TEST_ENV };
}

/** What each case printed, by name: the lines from its headline on. */
export function verdicts(output: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of output.split('\n')) {
    const headline = /^== (\w+): /.exec(line);
    if (headline !== null) {
      lines = [];
      found.set(headline[1]!, lines);
    }
    lines.push(line);
  }
  return found;
}
