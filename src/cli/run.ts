/** `cr86 run` and `cr86 restore`: a machine on the host's console, to its end or to its dump. */
import { type BootOptions, DirectorySink, HostError, Machine } from '../api/node.ts';
import { CliError, EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND } from './errors.ts';
import { connectOutput, runSession } from './session.ts';
import { Terminal } from './stdin.ts';
import { traceSyscalls } from './strace.ts';

/** Options that `run` and `restore` share. */
export interface GoOptions {
  readonly root?: string;
  readonly images?: string;
  readonly dumpAt?: number;
  readonly leaveRunning?: boolean;
  readonly printHash?: boolean;
  readonly strace?: boolean;
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
  const tty = options.tty ?? Terminal.isAvailable();
  const machine = boot({
    argv,
    tty,
    env: options.env,
    ...(tty && process.stdout.isTTY && { rows: process.stdout.rows, cols: process.stdout.columns }),
    ...(options.root !== undefined && { root: options.root }),
    ...(options.ram !== undefined && { ram: options.ram }),
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
  const machine = Machine.restore(options.from, options.root === undefined ? {} : { root: options.root });
  return go(machine, machine.tty, options);
}

function checkDumpOptions({ dumpAt, images, leaveRunning }: GoOptions): void {
  if (dumpAt !== undefined && images === undefined) {
    throw new CliError('--dump-at', 'needs a directory for the image', '-D IMG', 'EUSAGE', 2);
  }
  if (dumpAt === undefined && (images !== undefined || leaveRunning)) {
    const option = images === undefined ? '--leave-running' : '-D';
    throw new CliError(option, 'means nothing without an instruction count', '--dump-at ICOUNT', 'EUSAGE', 2);
  }
  // A directory that cannot be written is told before a long run, not after it.
  if (images !== undefined) new DirectorySink(images).abort();
}

async function go(machine: Machine, tty: boolean, options: GoOptions): Promise<number> {
  connectOutput(machine);
  if (options.strace) traceSyscalls(machine);
  let end: 'limit' | 'exited' = 'exited';
  if (options.dumpAt === undefined) {
    await runSession(machine, { tty });
  } else {
    end = await dumpAt(machine, tty, options.dumpAt, options);
  }
  if (options.printHash) process.stderr.write(`icount=${machine.icount} state=${machine.hash()}\n`);
  // A container that was dumped and left here has not failed, whatever becomes of it elsewhere.
  return end === 'limit' ? 0 : machine.exitStatus!.shell;
}

/** Runs to the count, dumps, and with --leave-running runs on. `limit` when the machine was left at the dump. */
async function dumpAt(machine: Machine, tty: boolean, icount: number, options: GoOptions): Promise<'limit' | 'exited'> {
  if (icount < machine.icount) {
    throw new CliError(
      String(icount),
      `the machine has run ${machine.icount} instructions already`,
      '--dump-at',
      'EPAST',
    );
  }
  const end = await runSession(machine, { tty, until: icount });
  machine.checkpoint({ to: options.images! });
  if (end === 'exited' && machine.icount < icount) {
    process.stderr.write(
      `cr86: container: ended after ${machine.icount} instructions; the image holds the ended container (--dump-at ${icount})\n`,
    );
  }
  if (!options.leaveRunning) return 'limit';
  await runSession(machine, { tty });
  return 'exited';
}
