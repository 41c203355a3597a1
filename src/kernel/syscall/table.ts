/** The system call table: every folder's rows by number, and what it says of compatibility. */
import { ERRNO_NAMES } from '../errno.ts';
import { fdCalls } from '../fd/index.ts';
import { fsCalls } from '../fs/index.ts';
import { ipcCalls } from '../ipc/index.ts';
import { assert } from '../kobject/errors.ts';
import { mmCalls } from '../mm/index.ts';
import { netCalls } from '../net/index.ts';
import { nsCalls } from '../ns/index.ts';
import { ptraceCalls } from '../ptrace/index.ts';
import { signalCalls } from '../signal/index.ts';
import { taskCalls } from '../task/index.ts';
import { timeCalls } from '../time/index.ts';
import { ttyCalls } from '../tty/index.ts';
import { absentCalls } from './absent.ts';
import { type Syscall, syscall } from './define.ts';

const EINTR = 4;

/** Entered only when no call is to be restarted; the dispatcher goes on with the interrupted call otherwise. */
const restartCalls: readonly Syscall[] = [syscall(0, 'restart_syscall', {}, () => -EINTR)];

let table: (Syscall | undefined)[] | null = null;

/** Rows by number; undefined where nothing is declared, which is ENOSYS. */
export function callTable(): readonly (Syscall | undefined)[] {
  if (table !== null) return table;
  const rows: (Syscall | undefined)[] = [];
  for (const row of [
    restartCalls,
    taskCalls,
    ptraceCalls,
    signalCalls,
    timeCalls,
    mmCalls,
    fsCalls,
    fdCalls,
    ipcCalls,
    netCalls,
    nsCalls,
    ttyCalls,
  ].flat()) {
    assert(rows[row.nr] === undefined, `system call ${row.nr} (${row.name}) is declared twice`);
    rows[row.nr] = row;
  }
  for (const row of absentCalls((nr) => rows[nr] !== undefined)) rows[row.nr] = row;
  table = rows;
  return table;
}

export interface Compatibility {
  readonly nr: number;
  readonly name: string;
  readonly supported: boolean;
  /** What callers of an unsupported call get, such as ENOSYS. */
  readonly errno: string;
  /** Why that is right for programs. */
  readonly why: string;
}

/** Every declared call, by number. */
export function compatibility(): Compatibility[] {
  const rows = callTable().filter((row) => row !== undefined);
  return rows.map(({ nr, name, body, errno, why }) => ({
    nr,
    name,
    supported: body !== null,
    errno: body === null ? (ERRNO_NAMES[errno] ?? String(errno)) : '',
    why,
  }));
}
