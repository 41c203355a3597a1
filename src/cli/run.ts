/** `cr86 run` and `cr86 restore`: a machine on the host's console, to its end or to its dump. */
import {
  type BootOptions,
  type CpuModelName,
  DirectorySink,
  HostError,
  type InjectionOptions,
  Machine,
} from '../api/node.ts';
import { CliError, EXIT_FAILURE, EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND, report } from './errors.ts';
import type { ShareArgument } from './options.ts';
import { connectOutput, runSession, type SessionOptions } from './session.ts';
import { traceSyscalls } from './strace.ts';
import type { SyscallSet } from './syscall-set.ts';
import { Terminal } from './terminal.ts';

/** Options that `run` and `restore` share. */
export interface GoOptions {
  readonly cpu?: CpuModelName;
  readonly root?: string;
  readonly share: readonly ShareArgument[];
  readonly images?: string;
  readonly dumpAt?: number;
  /** A session on the host's terminal, which there must be. */
  readonly interactive?: boolean;
  readonly leaveRunning?: boolean;
  readonly printHash?: boolean;
  readonly strace?: boolean;
  readonly trace?: SyscallSet;
  readonly straceOutput?: string;
  readonly straceSummary?: boolean;
  readonly inject: readonly InjectionOptions[];
}

export interface RunOptions extends GoOptions {
  readonly ram?: number;
  readonly tty?: boolean;
  readonly seed?: number;
  readonly env: Readonly<Record<string, string>>;
}

/** Boots `argv` and runs it. Resolves to the exit code of cr86. */
export async function run(argv: readonly string[], options: RunOptions): Promise<number> {
  checkDumpOptions(options);
  if (options.interactive) demandTerminal();
  const tty = options.tty ?? (options.interactive === true || Terminal.isAvailable());
  const machine = boot({
    argv,
    tty,
    env: options.env,
    ...(tty && process.stdout.isTTY && { rows: process.stdout.rows, cols: process.stdout.columns }),
    ...(options.root !== undefined && { root: options.root }),
    shares: options.share,
    ...(options.ram !== undefined && { ram: options.ram }),
    ...(options.cpu !== undefined && { cpu: options.cpu }),
    ...(options.seed !== undefined && { seed: options.seed }),
  });
  return go(machine, tty, options);
}

function boot(options: BootOptions): Machine {
  try {
    return Machine.boot(options);
  } catch (error) {
    if (!(error instanceof HostError) || error.object !== options.argv[0]) throw error;
    const missing = error.code === 'ENOENT';
    const reason = missing ? 'no such program in the root filesystem' : error.reason;
    throw new CliError(error.object, reason, '--root', error.code, missing ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
  }
}

/** Goes on with an image. Resolves to the exit code of cr86. */
export async function restore(options: GoOptions & { readonly from: string }): Promise<number> {
  checkDumpOptions(options);
  if (options.interactive) demandTerminal();
  const machine = Machine.restore(options.from, {
    ...(options.root !== undefined && { root: options.root }),
    shares: options.share,
    ...(options.cpu !== undefined && { cpu: options.cpu }),
  });
  if (options.interactive && !machine.tty) {
    throw new CliError(options.from, 'its console is three streams, no terminal', 'run -t', 'ENOTTY');
  }
  return go(machine, machine.tty, options);
}

function demandTerminal(): void {
  if (!Terminal.isAvailable()) {
    throw new CliError('stdin', 'a session needs a terminal as stdin and stdout', '-i', 'ENOTTY');
  }
}

function checkDumpOptions({ dumpAt, images, leaveRunning, interactive }: GoOptions): void {
  if (dumpAt !== undefined && images === undefined) {
    throw new CliError('--dump-at', 'needs a directory for the image', '-D IMG', 'EUSAGE', 2);
  }
  // In a session the user may say when.
  const named = images !== undefined && !interactive;
  if (dumpAt === undefined && (named || leaveRunning)) {
    const option = !named ? '--leave-running' : '-D';
    throw new CliError(option, 'means nothing without an instruction count', '--dump-at ICOUNT', 'EUSAGE', 2);
  }
  // A directory that cannot be written is told before a long run, not after it.
  if (images !== undefined) new DirectorySink(images).abort();
}

/** Any of the options asks for a trace. Returns what ends it. */
function traceIfAsked(machine: Machine, options: GoOptions): () => void {
  const { strace, trace, straceOutput, straceSummary } = options;
  if (strace !== true && trace === undefined && straceOutput === undefined && straceSummary !== true) return () => {};
  return traceSyscalls(machine, {
    ...(trace !== undefined && { filter: trace }),
    ...(straceOutput !== undefined && { output: straceOutput }),
    ...(straceSummary !== undefined && { summary: straceSummary }),
  });
}

async function go(machine: Machine, tty: boolean, options: GoOptions): Promise<number> {
  connectOutput(machine);
  for (const rule of options.inject) machine.inject(rule);
  const traced = traceIfAsked(machine, options);
  const { dumpAt: icount } = options;
  const { images } = options;
  const session = { tty, ...(images !== undefined && { dump: () => void machine.checkpoint({ to: images }) }) };
  const end = icount === undefined ? await toEnd(machine, session) : await dumpAt(machine, session, icount, options);
  traced();
  if (options.printHash) process.stderr.write(`icount=${machine.icount} state=${machine.hash()}\n`);
  // A container that was dumped and left here has not failed, whatever becomes of it elsewhere.
  if (end === 'dumped' || end === 'left') return 0;
  return end === 'failed' ? EXIT_FAILURE : machine.exitStatus!.shell;
}

/** `dumped`: and left there; `failed`: the dump did, the guest ran on to its end; `left` by its user. */
type End = 'ended' | 'dumped' | 'failed' | 'left';

async function toEnd(machine: Machine, session: SessionOptions): Promise<End> {
  return (await runSession(machine, session)) === 'left' ? 'left' : 'ended';
}

/** Runs to the count and dumps. With --leave-running the guest runs on, and also when the dump has failed: that must not cost its life. */
async function dumpAt(machine: Machine, session: SessionOptions, icount: number, options: GoOptions): Promise<End> {
  if (icount < machine.icount) {
    throw new CliError(
      String(icount),
      `the machine has run ${machine.icount} instructions already`,
      '--dump-at',
      'EPAST',
    );
  }
  const end = await runSession(machine, { ...session, until: icount });
  if (end === 'left') return end;
  try {
    machine.checkpoint({ to: options.images! });
  } catch (error) {
    report(error);
    await toEnd(machine, session);
    return 'failed';
  }
  if (end === 'exited' && machine.icount < icount) {
    process.stderr.write(
      `cr86: container: ended after ${machine.icount} instructions; the image holds the ended container (--dump-at ${icount})\n`,
    );
  }
  return options.leaveRunning ? toEnd(machine, session) : 'dumped';
}
