/** A session on a real terminal: script(1) makes one. */
import { spawn, spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { type Missing, need } from '../native/need.ts';
import { CR86 } from './cr86.ts';

function scriptCommand(): 'script' | Missing {
  const found = spawnSync('script', ['--version'], { encoding: 'utf8' });
  return found.stdout?.includes('util-linux') ? 'script' : { missing: 'script(1) of util-linux, to make a terminal' };
}

/** Types each line when its prompt has come, and gives the screen and the exit code. */
function converse(args: string, lines: readonly (readonly [wait: string, type: string])[]): Promise<[string, number]> {
  const command = [process.execPath, ...CR86, args].join(' ');
  const child = spawn('script', ['-qfec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const todo = [...lines];
  let [screen, from] = ['', 0];
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    screen += text;
    for (let next = todo[0]; next !== undefined && screen.includes(next[0], from); next = todo[0]) {
      from = screen.indexOf(next[0], from) + next[0].length;
      child.stdin.write(next[1], 'latin1');
      todo.shift();
    }
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve([screen, code ?? -1]));
  });
}

it('a shell on a terminal prompts, edits lines, gets Ctrl-C, and its exit code is passed on', async (context) => {
  need(context, scriptCommand());
  const [screen, code] = await converse('run -- /bin/sh', [
    ['$ ', 'echo wrr\x7fong\x15echo $((6 * 7)) good\r'],
    ['$ ', 'cat\r'],
    ['cat', '\x03'],
    ['$ ', 'exit 3\r'],
  ]);
  expect(screen).toMatch(/good\r\n/);
  expect(screen).toContain('^C');
  expect(code).toBe(3);
}, 60_000);

it('Ctrl-] q leaves a guest that does not listen', async (context) => {
  need(context, scriptCommand());
  const [screen, code] = await converse('run -- /bin/sh', [['$ ', '\x1dq']]);
  expect(screen).toContain('left by Ctrl-] q');
  expect(code).toBe(0);
}, 60_000);
