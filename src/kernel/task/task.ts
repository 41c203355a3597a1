/** Task: a thread, with its registers and everything that it alone has (Linux task_struct). */
import type { Container } from '../container.ts';
import type { FdTable } from '../fd/table.ts';
import type { Fs } from '../fs/fs.ts';
import type { UndoList } from '../ipc/sem.ts';
import { assert } from '../kobject/errors.ts';
import {
  bool,
  count,
  type Field,
  fixedBytes,
  i32,
  integer53,
  list,
  oneOf,
  optional,
  optRef,
  ref,
  str,
  struct,
  u8,
  u32,
  type Values,
  weak,
} from '../kobject/fields.ts';
import { get, kobject, put } from '../kobject/kobject.ts';
import type { Mm } from '../mm/mm.ts';
import { checkTrace, type Trace } from '../ptrace/trace.ts';
import type { SeccompFilter } from '../seccomp/filter.ts';
import { KERNEL_ONLY } from '../signal/numbers.ts';
import type { Sighand } from '../signal/sighand.ts';
import { checkPending, siginfoField } from '../signal/siginfo.ts';
import { intersection, isEmpty, sigsetField } from '../signal/sigset.ts';
import type { Cred } from './cred.ts';
import { checkDebug, debugField } from './debug.ts';
import type { Nsproxy } from './nsproxy.ts';
import type { Pid } from './pid.ts';
import { type Signal, usageField } from './signal.ts';
import { checkUserState } from './user-state.ts';
import { waitField } from './wait.ts';

function register(doc: string) {
  return u32(doc, { initial: 0, show: 'hex' });
}
function selector(doc: string) {
  return u32(doc, { initial: 0, show: 'hex' });
}

/**
 * A reference that every task has but a zombie. The cast spares all code that a living task runs a test for null; code
 * that looks at other tasks, as /proc does, asks `alive` first.
 */
function untilExit<T>(kind: string, doc: string): Field<T, true> {
  return optRef<T>(kind, doc) as unknown as Field<T, true>;
}

/** Selectors of user segments, as a true i386 kernel has them (Linux arch/x86/include/asm/segment.h). */
export const USER_CS = 0x73;
export const USER_DS = 0x7b;
/** First of the three GDT entries for thread-local storage. */
export const GDT_ENTRY_TLS_MIN = 6;
export const GDT_ENTRY_TLS_ENTRIES = 3;
export const EFLAGS_IF = 0x200;
export const EFLAGS_FIXED = 0x2;

const registerFields = {
  eax: register('EAX'),
  ecx: register('ECX'),
  edx: register('EDX'),
  ebx: register('EBX'),
  esp: register('ESP'),
  ebp: register('EBP'),
  esi: register('ESI'),
  edi: register('EDI'),
  eip: register('EIP'),
  eflags: u32('EFLAGS', { initial: EFLAGS_IF | EFLAGS_FIXED, show: 'hex' }),
  cs: u32('CS', { initial: USER_CS, show: 'hex' }),
  ss: u32('SS', { initial: USER_DS, show: 'hex' }),
  ds: u32('DS', { initial: USER_DS, show: 'hex' }),
  es: u32('ES', { initial: USER_DS, show: 'hex' }),
  fs: selector('FS'),
  gs: selector('GS'),
  origEax: i32('the system call that is going on or whose result is not yet final; -1 for none', { initial: -1 }),
};
export type Registers = Values<typeof registerFields>;

const trapFields = {
  number: u32('vector of the last exception', { initial: 0 }),
  error: u32('its error code', { initial: 0, show: 'hex' }),
  cr2: u32('address of the last page fault that became a signal', { initial: 0, show: 'hex' }),
};

const altstackFields = {
  sp: u32('ss_sp', { initial: 0, show: 'hex' }),
  flags: u32('SS_* bits', { initial: 0, show: 'hex' }),
  size: u32('ss_size', { initial: 0 }),
};

const restartFields = {
  nr: i32('the interrupted call'),
  deadline: optional(count('virtual ns at which its sleep ends')),
  progress: count('as in the wait record'),
  data: list(integer53('a value'), 'as in the wait record'),
};

/** SCHED_FIFO and SCHED_RR. */
export function isRealtime(policy: number): boolean {
  return policy === 1 || policy === 2;
}

export const TASK_STATES = ['running', 'sleeping', 'stopped', 'traced', 'zombie'] as const;
export const COMM_LENGTH = 15;

export class Task extends kobject('task', 3, {
  root: weak<Container>('container', 'where it lives'),
  pid: ref<Pid>('pid', 'thread number; of the leader, the process number'),
  signal: ref<Signal>('signal', 'the process'),
  sighand: ref<Sighand>('sighand', 'signal actions'),
  mm: optRef<Mm>('mm', 'address space; null once it has exited'),
  files: untilExit<FdTable>('files', 'file descriptors; null once it has exited'),
  fs: untilExit<Fs>('fs', 'root, working directory, umask; null once it has exited'),
  cred: ref<Cred>('cred', 'credentials'),
  nsproxy: untilExit<Nsproxy>('nsproxy', 'namespaces; null once it has exited'),
  comm: str('name, at most 15 bytes'),
  state: oneOf(...TASK_STATES)('running means runnable', { initial: 'running' }),
  regs: struct(registerFields, 'registers while it is not on the processor'),
  fpu: fixedBytes(512)('x87 and SSE state in FXSAVE layout'),
  tls: list(u32('half a descriptor', { show: 'hex' }), 'GDT entries 6 to 8: lo, hi each'),
  trap: struct(trapFields, 'what signal frames tell of the last exception'),
  wait: optional(waitField),
  restart: optional(struct(restartFields, 'what restart_syscall(2) goes on with')),
  sigmask: sigsetField('blocked signals'),
  savedSigmask: optional(sigsetField('mask to put back after a signal, sigsuspend(2)')),
  sigwait: sigsetField('blocked signals that sigtimedwait(2) waits for'),
  pending: list(siginfoField, 'signals sent to this thread, oldest first'),
  altstack: struct(altstackFields, 'sigaltstack(2)'),
  parent: weak<Task>('task', 'leader of the process that waits for this one'),
  exitSignal: i32('signal to the parent when the process ends; -1 for a thread'),
  exitCode: u32('wait status', { initial: 0, show: 'hex' }),
  stopPending: bool('stops before it returns to user mode', { initial: false }),
  pdeathSignal: u8('PR_SET_PDEATHSIG', { initial: 0 }),
  vforkParent: weak<Task>('task', 'sleeps until this one has called execve or exit'),
  clearChildTid: u32('set_tid_address(2): cleared and woken at exit', { initial: 0, show: 'hex' }),
  undoList: optRef<UndoList>('undolist', 'SEM_UNDO: what is undone with the last task that has it'),
  robustList: u32('set_robust_list(2)', { initial: 0, show: 'hex' }),
  nice: i32('-20 .. 19', { initial: 0 }),
  policy: u8('SCHED_*, sched(7)', { initial: 0, since: 3 }),
  rtPriority: u8('1 to 99 under SCHED_FIFO and SCHED_RR, else 0', { initial: 0, since: 3 }),
  resetOnFork: bool('SCHED_RESET_ON_FORK', { initial: false, since: 3 }),
  personality: u32('personality(2)', { initial: 0, show: 'hex' }),
  noNewPrivs: bool('PR_SET_NO_NEW_PRIVS', { initial: false }),
  seccompMode: u8('0 none, 1 strict, 2 filters', { initial: 0 }),
  seccomp: optRef<SeccompFilter>('seccomp', 'the newest filter'),
  timerSlack: u32('PR_SET_TIMERSLACK, ns', { initial: 50_000 }),
  affinity: u32('sched_setaffinity(2)', { initial: 1, show: 'hex' }),
  startTime: count('virtual ns at which it was made'),
  used: usageField,
  debug: debugField,
  trace: optRef<Trace>('trace', 'who traces it, ptrace(2), and how', { since: 3 }),
  ranAt: count('when it was last given the processor, in switches; the runnable task with the smallest goes next'),
}) {
  /** Makes a sleeping task runnable; its call is entered again. */
  wakeUp(): void {
    if (this.state === 'sleeping') this.state = 'running';
  }

  /** Changes credentials: they are replaced, never edited, since others may share them. */
  setCred(cred: Cred): void {
    get(cred);
    put(this.cred);
    this.cred = cred;
  }

  /** The same, when rights may have changed: others may look into the process no more (Linux commit_creds). */
  commitCred(cred: Cred): void {
    const old = this.cred;
    const same = (['euid', 'egid', 'fsuid', 'fsgid'] as const).every((id) => old[id] === cred[id]);
    if (!same || !old.covers(cred)) {
      this.pdeathSignal = 0;
      this.signal.dumpable = 0;
    }
    this.setCred(cred);
  }

  get container(): Container {
    assert(this.root !== null, 'a task outside a container');
    return this.root;
  }

  /** Whether the task stands for its process. */
  get isLeader(): boolean {
    return this.signal.leader === this;
  }

  /** Number of the thread in its own pid namespace, gettid(2). */
  get tid(): number {
    return this.pid.nr;
  }

  /** Number of the process in its own pid namespace, getpid(2). */
  get tgid(): number {
    return this.signal.tgid.nr;
  }

  /** Neither exited nor about to be. */
  get alive(): boolean {
    return this.state !== 'zombie';
  }

  override check(): void {
    const where = `task ${this.tid} (${this.comm})`;
    assert(this.comm.length <= COMM_LENGTH, `${where}: name too long`);
    assert(this.tls.length === 2 * GDT_ENTRY_TLS_ENTRIES, `${where}: six words of TLS descriptors`);
    assert(this.signal.leader !== null, `${where}: a process without a leader`);
    assert(this.nice >= -20 && this.nice <= 19, `${where}: nice value out of range`);
    assert(isRealtime(this.policy) === this.rtPriority > 0 && this.rtPriority < 100, `${where}: priority out of range`);
    assert(this.exitSignal >= -1, `${where}: exit signal out of range`);
    checkPending(this.pending, where);
    assert(this.seccompMode <= 2, `${where}: a seccomp mode that does not exist`);
    assert((this.seccompMode === 2) === (this.seccomp !== null), `${where}: filters and their mode disagree`);
    checkTrace(this, where);
    for (const mask of [this.sigmask, this.savedSigmask]) {
      assert(mask === null || isEmpty(intersection(mask, KERNEL_ONLY)), `${where}: SIGKILL or SIGSTOP is blocked`);
    }
    assert(this.state !== 'sleeping' || this.wait !== null, `${where} sleeps without a wait record`);
    assert(this.state !== 'zombie' || (this.mm === null && this.files === null), `${where}: a zombie holds resources`);
    if (this.state !== 'zombie') {
      assert(this.mm !== null && this.files !== null && this.fs !== null, `${where} lacks mm, files or fs`);
      checkUserState(this, where);
      checkDebug(this.debug, where);
    }
  }
}
