import { expect, test } from 'vitest';
import { exitLine, signalLine, straceLine } from '../../../src/kernel/syscall/strace.ts';
import { compatibility } from '../../../src/kernel/syscall/table.ts';
import { bootGuest } from '../machine.ts';
import { bootTiny, call, DATA, EXIT } from '../tiny.ts';

function linesOf(code: readonly number[], pid = false): string[] {
  const lines: string[] = [];
  const kernel = bootTiny(code);
  kernel.observer = {
    syscall: (task, row, nr, args, result, more) =>
      lines.push(straceLine(task, row, nr, args, result, { pid, ...more })),
    signal: (task, info) => lines.push(signalLine(task, info, { pid })),
    taskEnd: (task) => lines.push(exitLine(task, { pid })),
  };
  kernel.run(1e6);
  return lines;
}

test('lines have names, flags, errnos and results in column 40', () => {
  const lines = linesOf([
    ...call(20),
    ...call(5, 0x10, 0),
    ...call(119 + 1, 0x800, 0, 0, 0, 0),
    ...call(7, -1, DATA, 1),
    ...call(172, 15, 0x10),
    ...call(999, 1, 2, 3, 4, 5, 6),
    ...call(425),
    ...EXIT,
  ]);
  expect(lines).toEqual([
    'getpid()                                = 1',
    'open(0x10, O_RDONLY, 00)                = -1 EFAULT (Bad address)',
    'clone(CLONE_SIGHAND, NULL, NULL, NULL, NULL) = -1 EINVAL (Invalid argument)',
    'waitpid(-1, 0x8100000, WNOHANG)         = -1 ECHILD (No child processes)',
    'prctl(PR_SET_NAME, 0x10, 0x1, 0x0, 0x0) = -1 EFAULT (Bad address)',
    'syscall_0x3e7(0x1, 0x2, 0x3, 0x4, 0x5, 0x6) = -1 ENOSYS (Function not implemented)',
    'io_uring_setup()                        = -1 ENOSYS (Function not implemented)',
    'exit_group(0)                           = ?',
    '+++ exited with 0 +++',
  ]);
});

test('sleeps, signals and ends are shown as strace -f shows them', () => {
  const lines = linesOf([...call(37, 1, 15)], true);
  expect(lines).toEqual([
    '[pid     1] kill(1, SIGTERM)                        = 0',
    '[pid     1] --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=1, si_uid=0} ---',
    '[pid     1] +++ killed by SIGTERM +++',
  ]);
  expect(linesOf([...call(29)])).toEqual(['pause( <unfinished ...>']);
});

test('an exec shows the path and arguments of the program that made it', () => {
  const seen: string[] = [];
  const { kernel } = bootGuest('procs');
  kernel.observer = {
    syscall: (task, row, nr, args, result, more) => {
      if (row?.name === 'execve') seen.push(straceLine(task, row, nr, args, result, more));
    },
  };
  kernel.run(1e8);
  expect(seen[0]).toMatch(/^execve\("\/none", \["\/none"\], 0x[0-9a-f]+ \/\* 0 vars \*\/\) = -1 ENOENT \(No such file/);
  expect(seen[1]).toMatch(
    /^execve\("\/proc\/self\/exe", \["\/proc\/self\/exe", "again"\], 0x[0-9a-f]+ \/\* 0 vars \*\/\) = 0$/,
  );
});

test('the table says of every call whether it works, and why not', () => {
  const rows = compatibility();
  expect(rows.length).toBeGreaterThan(400);
  expect(rows.map((row) => row.nr)).toEqual(rows.map((row) => row.nr).sort((a, b) => a - b));
  for (const row of rows) {
    expect(row.supported, row.name).toBe(row.errno === '');
    if (!row.supported) expect(row.why.length, row.name).toBeGreaterThan(5);
  }
  expect(rows.find((row) => row.name === 'futex')).toEqual({
    nr: 240,
    name: 'futex',
    supported: true,
    errno: '',
    why: '',
  });
  expect(rows.find((row) => row.name === 'io_uring_setup')?.errno).toBe('ENOSYS');
});
