/** Making init: the container, its namespaces, its files, and the first program. */
import { Container } from '../container.ts';
import { ENOENT } from '../errno.ts';
import { bootFiles } from '../fs/boot.ts';
import type { MntNs } from '../fs/mount.ts';
import { openExec } from '../fs/open.ts';
import { IpcNs } from '../ipc/namespace.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { bootNetwork } from '../net/boot.ts';
import { CgroupNs } from '../ns/cgroup-ns.ts';
import { FIRST_INO } from '../ns/namespace.ts';
import { TimeNs } from '../ns/time-ns.ts';
import { UserNs } from '../ns/user-ns.ts';
import { initialFpu } from '../signal/fpstate.ts';
import { SIGCHLD } from '../signal/numbers.ts';
import { Sighand } from '../signal/sighand.ts';
import type { Result } from '../syscall/define.ts';
import { takeTerminal } from '../tty/job.ts';
import { Cred } from './cred.ts';
import { execFile } from './exec.ts';
import { Nsproxy, UtsNs } from './nsproxy.ts';
import { Pid, PidNs } from './pid.ts';
import { commOf } from './prctl.ts';
import { randomBytes, seedState } from './random.ts';
import { emptyItimer, emptyUsage, initialRlimits, Signal } from './signal.ts';
import { Task } from './task.ts';

/** Strings are byte strings (see bytes.ts). */
export interface BootOptions {
  /** argv[0] is the program's path. */
  readonly argv: readonly string[];
  readonly envp?: readonly string[];
  /** The console is a terminal, init's controlling one; else stdin, stdout and stderr are streams. */
  readonly tty?: boolean;
  readonly rows?: number;
  readonly cols?: number;
  /** Directories of the root filesystem that are mounted read-only. */
  readonly readOnly?: readonly string[];
  readonly hostname?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Of getrandom(2), AT_RANDOM and boot_id. */
  readonly seed?: number;
  /** Seconds since the Epoch at power-on. */
  readonly bootTime?: number;
  readonly nsPerInstruction?: number;
}

const AT_FDCWD = -100;

/**
 * Builds the container and loads init's program; the first instruction is the next to run.
 * @returns 0, or a negated errno when the program cannot be run; the kernel is then of no more use
 */
export function boot(kernel: Kernel, options: BootOptions): Result {
  const path = options.argv[0];
  if (path === undefined || path === '') return -ENOENT;
  kernel.adopt(createContainer(options));
  const { container } = kernel;
  container.bootId = bootId(randomBytes(kernel, 16));
  const init = createInit(kernel, options, commOf(path));
  container.addTask(init);
  container.init = init;
  container.current = init;
  const file = openExec(kernel, init, AT_FDCWD, path);
  if (typeof file === 'number') return file;
  const result = execFile(kernel, init, { file, path, argv: options.argv, envp: options.envp ?? [] });
  if (result < 0 && init.mm === null) return result;
  init.signal.didExec = false;
  kernel.observer.taskStart?.(init);
  return 0;
}

function createContainer(options: BootOptions): Container {
  const { seed, bootTime, nsPerInstruction } = options;
  const userNs = UserNs.first();
  return new Container({
    userNs,
    pidNs: new PidNs({ ino: FIRST_INO.pid, owner: userNs }),
    random: seedState(seed ?? 0),
    ...(bootTime === undefined ? {} : { bootTime }),
    ...(nsPerInstruction === undefined ? {} : { nsPerInstruction }),
  });
}

function createInit(kernel: Kernel, options: BootOptions, comm: string): Task {
  const { container } = kernel;
  const userNs = container.userNs!;
  const { mnt, fs, files, console } = bootFiles(kernel, {
    userNs,
    tty: options.tty ?? false,
    ...(options.rows === undefined ? {} : { rows: options.rows }),
    ...(options.cols === undefined ? {} : { cols: options.cols }),
    ...(options.readOnly === undefined ? {} : { readOnly: options.readOnly }),
  });
  const nsproxy = firstNamespaces(kernel, container.pidNs, userNs, mnt, options.hostname ?? 'cr86');
  nsproxy.refs++;
  container.nsproxy = nsproxy;
  console.refs++;
  container.console = console;
  const pid = Pid.create(container.pidNs);
  assert(typeof pid !== 'number', 'the first process number is free');
  const init = new Task({
    root: container,
    pid,
    signal: firstSignal(pid),
    sighand: Sighand.create(),
    files,
    fs,
    cred: credentials(userNs, options.uid ?? 0, options.gid ?? options.uid ?? 0),
    nsproxy,
    comm,
    fpu: initialFpu(),
    tls: [0, 0, 0, 0, 0, 0],
    exitSignal: SIGCHLD,
    startTime: kernel.clock.now(),
    ranAt: 0,
  });
  init.signal.leader = init;
  container.pidNs.reaper = init;
  if (console.tty !== null) takeTerminal(init, console.tty);
  return init;
}

function firstNamespaces(kernel: Kernel, pidNs: PidNs, userNs: UserNs, mnt: MntNs, nodename: string): Nsproxy {
  const time = TimeNs.first(userNs);
  const head = (ino: number) => ({ ino, owner: userNs });
  return new Nsproxy({
    uts: new UtsNs({ ...head(FIRST_INO.uts), nodename }),
    ipc: new IpcNs(head(FIRST_INO.ipc)),
    mnt,
    pid: pidNs,
    net: bootNetwork(kernel, head(FIRST_INO.net)),
    time,
    timeForChildren: time,
    cgroup: new CgroupNs(head(FIRST_INO.cgroup)),
  });
}

/** Init leads its session and group. */
function firstSignal(pid: Pid): Signal {
  return new Signal({
    tgid: pid,
    pgrp: pid,
    session: pid,
    sessionLeader: true,
    rlimits: initialRlimits(),
    itimerReal: emptyItimer(),
    itimerVirtual: emptyItimer(),
    itimerProf: emptyItimer(),
    used: emptyUsage(),
    children: emptyUsage(),
  });
}

function credentials(userNs: UserNs, uid: number, gid: number): Cred {
  const ids = { userNs, uid, gid, suid: uid, sgid: gid, euid: uid, egid: gid, fsuid: uid, fsgid: gid };
  return uid === 0 ? new Cred(ids) : new Cred({ ...ids, capPermitted: 0n, capEffective: 0n });
}

/** A version 4 UUID, as /proc/sys/kernel/random/boot_id shows it. */
function bootId(bytes: Uint8Array): string {
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
