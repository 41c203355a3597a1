#!/usr/bin/env node
/** The command line: verbs and options, and how every way out of the process is reported. */
import { Command, CommanderError, Option } from 'commander';
import {
  CPU_MODELS,
  compileForLongPrograms,
  DEFAULT_CPU_MODEL,
  DEFAULT_ENV,
  DEFAULT_RAM_MIB,
  packageVersion,
} from '../api/node.ts';
import { type DisasmOptions, disasm } from './disasm.ts';
import { EXIT_FAILURE, EXIT_USAGE, report } from './errors.ts';
import { parseInjection } from './inject.ts';
import { parseAddress, parseCount, parseEnv, parseInteger, parseRam, parseShare } from './options.ts';
import { buildDebianRoot, type RootfsOptions } from './rootfs/debian.ts';
import { type GoOptions, type RunOptions, restore, run } from './run.ts';
import { check, decodeImage, inspectImage } from './show.ts';
import { parseSyscallSet } from './syscall-set.ts';
import { ReaderGone } from './write.ts';

/** 128 + SIGPIPE, as a program that a closed pipe ends. */
const EXIT_SIGPIPE = 141;

/** Options of the verbs that run a machine. */
function withGoOptions(command: Command): Command {
  return command
    .option('--root <dir>', 'host directory as root filesystem (default: the embedded guests)')
    .option(
      '--share <dir:at[:ro]>',
      'a host directory at a place of the guest, again and again; what the guest writes stays in the machine',
      parseShare,
      [],
    )
    .addOption(
      new Option('--cpu <model>', `processor model (default: ${DEFAULT_CPU_MODEL}, or the image’s)`).choices(
        CPU_MODELS,
      ),
    )
    .option('--dump-at <icount>', 'dump when this many guest instructions have run: 1000000, 250k, 1.5M', parseCount)
    .option('-R, --leave-running', 'go on after the dump')
    .option('--strace', 'system calls on stderr, as strace -f prints them')
    .option('--trace <set>', 'only these calls: open,read %file !futex /^epoll_ all none', parseSyscallSet)
    .option('--strace-output <file>', 'the trace goes to a file of the host')
    .option('--strace-summary', 'a table of calls and errors at the end in place of the lines, as strace -c')
    .option(
      '--inject <set:what>',
      'calls fail as strace --inject has it, again and again: open:error=ENOENT:when=2+ read:signal=SIGUSR1:when=3',
      parseInjection,
      [],
    )
    .option('--print-hash', 'at the end, on stderr: icount=N state=HEX');
}

/** Takes the exit code that a verb ends with. */
type Done = (exitCode: number) => void;

function build(done: Done): Command {
  const program = new Command('cr86')
    .description('Runs i386 Linux programs on an emulated machine that can be dumped and restored at any instruction.')
    .version(packageVersion())
    .exitOverride()
    .enablePositionalOptions();
  addRun(program, done);
  addRestore(program, done);
  addPrinters(program, done);
  addDisasm(program, done);
  addRootfs(program);
  return program;
}

function addRun(program: Command, done: Done): void {
  withGoOptions(program.command('run'))
    .description('run a program of the root filesystem; its exit code is passed on')
    .argument('<program...>', 'program and arguments, after --')
    .option('-D, --images-dir <img>', 'image directory that --dump-at writes')
    .option('--ram <mib>', `guest RAM in MiB (default: ${DEFAULT_RAM_MIB})`, parseRam)
    .option('-t, --tty', 'a terminal for the guest even when stdin or stdout is none')
    .option('--no-tty', 'three streams for the guest even when stdin and stdout are a terminal')
    .option('-i, --interactive', 'a session on this terminal: an error when there is none')
    .option('--seed <n>', 'seed of the guest’s random numbers (default: 0)', parseInteger)
    .addOption(environmentOption())
    .passThroughOptions()
    .action(async (argv: string[], options: RunOptions & { imagesDir?: string }) => {
      done(await run(argv, named(options)));
    });
}

function environmentOption(): Option {
  return new Option('-e, --env <name=value>', 'adds a variable to the guest’s environment, repeatable')
    .argParser(parseEnv)
    .default(DEFAULT_ENV, Object.keys(DEFAULT_ENV).join(', '));
}

function addRestore(program: Command, done: Done): void {
  withGoOptions(program.command('restore'))
    .description('go on with an image, in this process')
    .requiredOption('-D, --images-dir <img>', 'the image directory')
    .option('-o, --output <img>', 'image directory that --dump-at writes (default: the one restored from)')
    .option('-i, --interactive', 'a session on this terminal: an error when there is none')
    .option('-t, --tty', 'as with run; the image says what the guest has')
    .action(async (options: GoOptions & { imagesDir: string; output?: string }) => {
      const images =
        options.dumpAt === undefined && !options.interactive ? options.output : (options.output ?? options.imagesDir);
      done(await restore({ ...options, from: options.imagesDir, ...(images !== undefined && { images }) }));
    });
}

function addPrinters(program: Command, done: Done): void {
  program
    .command('inspect')
    .description('tasks, memory, files and statistics of an image')
    .argument('<img>', 'the image directory')
    .addOption(new Option('--format <form>', 'how to print').choices(['tree', 'json']).default('tree'))
    .action((image: string, options: { format: 'tree' | 'json' }) => done(inspectImage(image, options.format)));
  program
    .command('decode')
    .description('every object of an image with its fields')
    .argument('<img>', 'the image directory')
    .addOption(new Option('--format <form>', 'how to print').choices(['text', 'json']).default('text'))
    .action((image: string, options: { format: 'text' | 'json' }) => done(decodeImage(image, options.format)));
  program
    .command('check')
    .description('whether cr86 works here, or whether an image is whole')
    .argument('[img]', 'an image directory')
    .option('--root <dir>', 'host directory that the image’s root filesystem is compared with')
    .action((image: string | undefined, options: { root?: string }) => done(check(image, options.root)));
}

function addDisasm(program: Command, done: Done): void {
  program
    .command('disasm')
    .description('the code of an i386 ELF program of the host')
    .argument('<program>', 'the file')
    .addOption(new Option('--syntax <syntax>', 'how to print').choices(['att', 'intel']).default('att'))
    .option('--start <address>', 'address of the first instruction: 0x8048000', parseAddress)
    .option('--count <n>', 'instructions to print (default: all)', parseCount)
    .action((path: string, options: DisasmOptions) => done(disasm(path, options)));
}

function addRootfs(program: Command): void {
  program
    .command('rootfs')
    .description('makes root directories for --root')
    .command('debian')
    .description('a root directory of Debian’s i386 packages and all that they need')
    .argument('<package...>', 'names, perhaps with a version: bash coreutils=9.1-1')
    .requiredOption('-o, --output <dir>', 'the directory to make')
    .option('--suite <name>', 'release (default: the one that this host runs)')
    .option('--mirror <url>', 'where packages come from (default: the apt sources of this host)')
    .option('--exclude <package...>', 'left out, with all that only these need')
    .option('--recommends', 'also what packages recommend')
    .option('--no-recommends', 'only what packages need (the default)')
    .option('--documents', 'keeps manuals and translations')
    .option('--cache <dir>', 'package lists and downloads (default: cr86/debian in the user’s cache directory)')
    .action((packages: string[], options: RootfsOptions) => buildDebianRoot(packages, options));
}

/** -D is called `images` further down; commander names options after their long form. */
function named<T extends { imagesDir?: string }>({
  imagesDir,
  ...rest
}: T): Omit<T, 'imagesDir'> & { images?: string } {
  return { ...rest, ...(imagesDir !== undefined && { images: imagesDir }) };
}

async function main(): Promise<number> {
  compileForLongPrograms();
  let exitCode = 0;
  try {
    await build((code) => {
      exitCode = code;
    }).parseAsync();
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    if (error instanceof ReaderGone) return EXIT_SIGPIPE;
    return report(error);
  }
}

process.on('uncaughtException', (error) => process.exit(report(error)));
process.stdout.on('error', () => process.exit(EXIT_SIGPIPE));
main().then(
  (code) => process.exit(code),
  () => process.exit(EXIT_FAILURE),
);
