/** What a tracer may ask of a stopped thread, one row for each request. Linux kernel/ptrace.c ptrace_request, arch/x86/kernel/ptrace.c arch_ptrace. */
import { EFAULT, EINVAL, EIO, ESRCH } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { SIGKILL } from '../signal/numbers.ts';
import { sendSignal } from '../signal/send.ts';
import { SI_USER, siginfo } from '../signal/siginfo.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { readThreadArea, writeThreadArea } from '../task/tls.ts';
import { checkOptions, detach } from './attach.ts';
import { readForced, writeForced } from './memory.ts';
import { FSAVE_SIZE, FXSAVE_SIZE, NT_PRFPREG, NT_PRXFPREG, type RegisterSet, registerSet } from './regsets.ts';
import { getSiginfo, getSigmask, peekSiginfo, setSiginfo, setSigmask } from './siginfo.ts';
import { startStepping, stopStepping } from './step.ts';
import { getSyscallInfo } from './syscall-info.ts';
import { PTRACE_EVENT, type Trace } from './trace.ts';
import { peekUser, pokeUser, setUserRegisters, USER_REGS_SIZE, userRegisters } from './user.ts';

// include/uapi/linux/ptrace.h, arch/x86/include/uapi/asm/ptrace-abi.h
export const PTRACE = {
  PTRACE_TRACEME: 0,
  PTRACE_PEEKTEXT: 1,
  PTRACE_PEEKDATA: 2,
  PTRACE_PEEKUSER: 3,
  PTRACE_POKETEXT: 4,
  PTRACE_POKEDATA: 5,
  PTRACE_POKEUSER: 6,
  PTRACE_CONT: 7,
  PTRACE_KILL: 8,
  PTRACE_SINGLESTEP: 9,
  PTRACE_GETREGS: 12,
  PTRACE_SETREGS: 13,
  PTRACE_GETFPREGS: 14,
  PTRACE_SETFPREGS: 15,
  PTRACE_ATTACH: 16,
  PTRACE_DETACH: 17,
  PTRACE_GETFPXREGS: 18,
  PTRACE_SETFPXREGS: 19,
  PTRACE_OLDSETOPTIONS: 21,
  PTRACE_SYSCALL: 24,
  PTRACE_GET_THREAD_AREA: 25,
  PTRACE_SET_THREAD_AREA: 26,
  PTRACE_SYSEMU: 31,
  PTRACE_SYSEMU_SINGLESTEP: 32,
  PTRACE_SINGLEBLOCK: 33,
  PTRACE_SETOPTIONS: 0x4200,
  PTRACE_GETEVENTMSG: 0x4201,
  PTRACE_GETSIGINFO: 0x4202,
  PTRACE_SETSIGINFO: 0x4203,
  PTRACE_GETREGSET: 0x4204,
  PTRACE_SETREGSET: 0x4205,
  PTRACE_SEIZE: 0x4206,
  PTRACE_INTERRUPT: 0x4207,
  PTRACE_LISTEN: 0x4208,
  PTRACE_PEEKSIGINFO: 0x4209,
  PTRACE_GETSIGMASK: 0x420a,
  PTRACE_SETSIGMASK: 0x420b,
  PTRACE_SECCOMP_GET_FILTER: 0x420c,
  PTRACE_SECCOMP_GET_METADATA: 0x420d,
  PTRACE_GET_SYSCALL_INFO: 0x420e,
  PTRACE_GET_RSEQ_CONFIGURATION: 0x420f,
} as const;

/** One request, with the thread it is about and its trace. */
export interface Request {
  readonly kernel: Kernel;
  readonly tracer: Task;
  readonly task: Task;
  readonly trace: Trace;
  readonly addr: number;
  readonly data: number;
}

type Handler = (request: Request) => Result;

const SIGNALS = 64;
const RSEQ_CONFIGURATION_SIZE = 24;

function peek({ kernel, tracer, task, addr, data }: Request): Result {
  const bytes = task.mm === null ? null : readForced(kernel, task.mm, addr, 4);
  if (bytes === null || bytes.length < 4) return -EIO;
  return tracer.mm!.writeBytes(data, bytes) ? 0 : -EFAULT;
}

function poke({ kernel, task, addr, data }: Request): Result {
  const bytes = Uint8Array.of(data, data >>> 8, data >>> 16, data >>> 24);
  return task.mm !== null && writeForced(kernel, task.mm, addr, bytes) === 4 ? 0 : -EIO;
}

function peekuser({ tracer, task, addr, data }: Request): Result {
  const value = peekUser(task, addr);
  if (value === null) return -EIO;
  return tracer.mm!.put32(data, value) ? 0 : -EFAULT;
}

/** Lets the thread go on: with a signal, until its next system call, or for one instruction. */
function resume(calls: Trace['calls'], step: boolean): Handler {
  return ({ task, trace, data }) => {
    if (data > SIGNALS) return -EIO;
    trace.calls = calls;
    if (step) startStepping(task);
    else stopStepping(task);
    trace.code = data;
    task.state = 'running';
    return 0;
  };
}

/** PTRACE_INTERRUPT: the thread stops where it is, out of a call that sleeps. */
function interrupt({ task, trace }: Request): Result {
  if (!trace.seized) return -EIO;
  trace.trap = true;
  if (task.state === 'traced' && trace.listening) task.state = 'running';
  else if (task.wait?.restart !== 'killable') task.wakeUp();
  return 0;
}

/** PTRACE_LISTEN: the thread stays in its group stop, and tells when that changes. */
function listen({ task, trace }: Request): Result {
  if (!trace.seized || (trace.info?.code ?? 0) >> 8 !== PTRACE_EVENT.STOP) return -EIO;
  trace.listening = true;
  if (trace.notify) task.state = 'running';
  return 0;
}

function kill({ kernel, tracer, task }: Request): Result {
  return sendSignal(kernel, task, siginfo(SIGKILL, SI_USER, tracer.tgid, tracer.cred.uid), false);
}

function setOptions({ tracer, trace, data }: Request): Result {
  const error = checkOptions(tracer, data);
  if (error === 0) trace.options = data;
  return error;
}

/** Copies a register set out; what the older requests do. */
function copyOut(request: Request, bytes: Uint8Array | Result): Result {
  if (typeof bytes === 'number') return bytes;
  return request.tracer.mm!.writeBytes(request.data, bytes) ? 0 : -EFAULT;
}

function copyIn({ tracer, data }: Request, size: number): Uint8Array | null {
  return tracer.mm!.readBytes(data, size);
}

function getSet(type: number): Handler {
  return (request) => copyOut(request, registerSet(type)!.get(request.kernel, request.task));
}

function setSet(type: number, size: number): Handler {
  return (request) => {
    const bytes = copyIn(request, size);
    return bytes === null ? -EFAULT : registerSet(type)!.set(request.kernel, request.task, bytes);
  };
}

/** The extended set's requests know no other error than EIO. */
function orEio(handler: Handler): Handler {
  return (request) => (handler(request) === 0 ? 0 : -EIO);
}

function setRegisters(request: Request): Result {
  const { tracer, task, data } = request;
  const view = copyIn(request, USER_REGS_SIZE);
  if (view !== null) return setUserRegisters(task, view);
  // Words before the one that cannot be read are set.
  for (let i = 0; 4 * i < USER_REGS_SIZE; i++) {
    const word = tracer.mm!.readBytes(data + 4 * i, 4);
    if (word === null) return -EFAULT;
    const error = pokeUser(request.kernel, task, 4 * i, new DataView(word.buffer).getUint32(0, true));
    if (error !== 0) return error;
  }
  return 0;
}

/** PTRACE_GETREGSET and SETREGSET: `data` names an iovec, whose length becomes what was copied. */
function regset(move: (request: Request, set: RegisterSet, base: number, length: number) => Result): Handler {
  return (request) => {
    const mm = request.tracer.mm!;
    const base = mm.get32(request.data);
    const asked = mm.get32(request.data + 4);
    if (base === null || asked === null) return -EFAULT;
    const set = registerSet(request.addr);
    if (set === undefined || asked % set.size !== 0) return -EINVAL;
    const length = Math.min(asked, set.size * set.count);
    const result = move(request, set, base, length);
    if (result !== 0) return result;
    return mm.put32(request.data + 4, length) ? 0 : -EFAULT;
  };
}

const getRegset = regset(({ kernel, tracer, task }, set, base, length) => {
  const bytes = set.get(kernel, task);
  if (typeof bytes === 'number') return bytes;
  return tracer.mm!.writeBytes(base, bytes.subarray(0, length)) ? 0 : -EFAULT;
});

const setRegset = regset(({ kernel, tracer, task }, set, base, length) => {
  const bytes = tracer.mm!.readBytes(base, length);
  return bytes === null ? -EFAULT : set.set(kernel, task, bytes);
});

/** Rows by request; those that are not here are EIO. */
export const REQUESTS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [PTRACE.PTRACE_PEEKTEXT, peek],
  [PTRACE.PTRACE_PEEKDATA, peek],
  [PTRACE.PTRACE_PEEKUSER, peekuser],
  [PTRACE.PTRACE_POKETEXT, poke],
  [PTRACE.PTRACE_POKEDATA, poke],
  [PTRACE.PTRACE_POKEUSER, ({ kernel, task, addr, data }) => pokeUser(kernel, task, addr, data)],
  [PTRACE.PTRACE_CONT, resume('run', false)],
  [PTRACE.PTRACE_KILL, kill],
  [PTRACE.PTRACE_SINGLESTEP, resume('run', true)],
  [PTRACE.PTRACE_GETREGS, (request) => copyOut(request, userRegisters(request.task))],
  [PTRACE.PTRACE_SETREGS, setRegisters],
  [PTRACE.PTRACE_GETFPREGS, getSet(NT_PRFPREG)],
  [PTRACE.PTRACE_SETFPREGS, setSet(NT_PRFPREG, FSAVE_SIZE)],
  [PTRACE.PTRACE_DETACH, ({ task, data }) => detach(task, data)],
  [PTRACE.PTRACE_GETFPXREGS, orEio(getSet(NT_PRXFPREG))],
  [PTRACE.PTRACE_SETFPXREGS, orEio(setSet(NT_PRXFPREG, FXSAVE_SIZE))],
  [PTRACE.PTRACE_OLDSETOPTIONS, setOptions],
  [PTRACE.PTRACE_SYSCALL, resume('trace', false)],
  [
    PTRACE.PTRACE_GET_THREAD_AREA,
    ({ tracer, task, addr, data }) => ((addr | 0) < 0 ? -EIO : readThreadArea(task, addr, tracer, data)),
  ],
  [
    PTRACE.PTRACE_SET_THREAD_AREA,
    ({ kernel, tracer, task, addr, data }) =>
      (addr | 0) < 0 ? -EIO : writeThreadArea(kernel, task, addr, tracer, data),
  ],
  [PTRACE.PTRACE_SYSEMU, resume('emulate', false)],
  [PTRACE.PTRACE_SYSEMU_SINGLESTEP, resume('emulate', true)],
  // A processor that traps after branches in the kernel's stead has a register for that; without it each instruction is one.
  [PTRACE.PTRACE_SINGLEBLOCK, resume('run', true)],
  [PTRACE.PTRACE_SETOPTIONS, setOptions],
  [PTRACE.PTRACE_GETEVENTMSG, ({ tracer, trace, data }) => (tracer.mm!.put32(data, trace.message) ? 0 : -EFAULT)],
  [PTRACE.PTRACE_GETSIGINFO, ({ tracer, task, data }) => getSiginfo(tracer, task, data)],
  [PTRACE.PTRACE_SETSIGINFO, ({ tracer, task, data }) => setSiginfo(tracer, task, data)],
  [PTRACE.PTRACE_GETREGSET, getRegset],
  [PTRACE.PTRACE_SETREGSET, setRegset],
  [PTRACE.PTRACE_INTERRUPT, interrupt],
  [PTRACE.PTRACE_LISTEN, listen],
  [PTRACE.PTRACE_PEEKSIGINFO, ({ tracer, task, addr, data }) => peekSiginfo(tracer, task, addr, data)],
  [PTRACE.PTRACE_GETSIGMASK, ({ tracer, task, addr, data }) => getSigmask(tracer, task, addr, data)],
  [PTRACE.PTRACE_SETSIGMASK, ({ tracer, task, addr, data }) => setSigmask(tracer, task, addr, data)],
  [PTRACE.PTRACE_GET_SYSCALL_INFO, ({ tracer, task, addr, data }) => getSyscallInfo(tracer, task, addr, data)],
  [PTRACE.PTRACE_GET_RSEQ_CONFIGURATION, rseqConfiguration],
]);

/** No thread registers restartable sequences. */
function rseqConfiguration({ tracer, addr, data }: Request): Result {
  const size = Math.min(addr, RSEQ_CONFIGURATION_SIZE);
  return tracer.mm!.writeBytes(data, new Uint8Array(size)) ? RSEQ_CONFIGURATION_SIZE : -EFAULT;
}

/** Requests that a thread which is not stopped takes too. */
const OF_RUNNING: ReadonlySet<number> = new Set([PTRACE.PTRACE_KILL, PTRACE.PTRACE_INTERRUPT]);

/** Runs one request on a thread that `tracer` traces; -ESRCH for others, and for those that run. */
export function runRequest(
  kernel: Kernel,
  tracer: Task,
  task: Task,
  request: number,
  addr: number,
  data: number,
): Result {
  const { trace } = task;
  if (trace === null || trace.tracer !== tracer) return -ESRCH;
  const isStopped = task.state === 'traced' && !trace.listening;
  if (!isStopped && !OF_RUNNING.has(request)) return -ESRCH;
  return REQUESTS.get(request)?.({ kernel, tracer, task, trace, addr, data }) ?? -EIO;
}
