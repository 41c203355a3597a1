/** A new program's stack: argc, argv, envp, auxiliary vector, strings. System V ABI i386, "Process Initialization"; Linux create_elf_tables. */
import { PAGE_SIZE } from '../../cpu/ram.ts';
import { fromLatin1 } from '../bytes.ts';
import { E2BIG, EFAULT } from '../errno.ts';
import { STACK_TOP } from './layout.ts';
import type { Mm } from './mm.ts';

// include/uapi/linux/auxvec.h
const AT_NULL = 0;
const AT_PHDR = 3;
const AT_PHENT = 4;
const AT_PHNUM = 5;
const AT_PAGESZ = 6;
const AT_BASE = 7;
const AT_FLAGS = 8;
const AT_ENTRY = 9;
const AT_UID = 11;
const AT_EUID = 12;
const AT_GID = 13;
const AT_EGID = 14;
const AT_PLATFORM = 15;
const AT_HWCAP = 16;
const AT_CLKTCK = 17;
const AT_SECURE = 23;
const AT_RANDOM = 25;
const AT_EXECFN = 31;

const USER_HZ = 100;
const MAX_ARG_STRLEN = 32 * PAGE_SIZE;
/** Linux: arguments and environment take at most a quarter of RLIMIT_STACK, and 128 KiB always fit. */
const MIN_ARG_ROOM = 32 * PAGE_SIZE;

export interface ProgramStart {
  readonly argv: readonly string[];
  readonly envp: readonly string[];
  /** The path that was executed (AT_EXECFN). */
  readonly path: string;
  readonly stackLimit: number;
  readonly ids: { readonly uid: number; readonly euid: number; readonly gid: number; readonly egid: number };
  /** Privileges were gained (setuid): AT_SECURE. */
  readonly secure: boolean;
  /** CPUID leaf 1 EDX (AT_HWCAP). */
  readonly hwcap: number;
  /** The processor's family as a name (AT_PLATFORM). */
  readonly platform: string;
  /** 16 random bytes (AT_RANDOM). */
  readonly random: Uint8Array;
}

export interface ElfFacts {
  readonly phdr: number;
  readonly phent: number;
  readonly phnum: number;
  readonly base: number;
  readonly entry: number;
}

/** Fills the stack below STACK_TOP; returns esp, or a negated errno. */
export function buildStack(mm: Mm, start: ProgramStart, elf: ElfFacts): number {
  const strings = [...start.argv, ...start.envp];
  const room = Math.max(MIN_ARG_ROOM, start.stackLimit / 4);
  const total = strings.reduce((sum, s) => sum + s.length + 1 + 4, 0);
  if (total > room || strings.some((s) => s.length >= MAX_ARG_STRLEN)) return -E2BIG;

  const pusher = new Pusher(mm, STACK_TOP - 4);
  const execfn = pusher.string(start.path);
  const envp = [...start.envp]
    .reverse()
    .map((s) => pusher.string(s))
    .reverse();
  const envStart = pusher.at;
  const argv = [...start.argv]
    .reverse()
    .map((s) => pusher.string(s))
    .reverse();
  Object.assign(mm.layout, { argStart: pusher.at, argEnd: envStart, envStart, envEnd: execfn });
  pusher.at = (pusher.at & ~15) >>> 0;
  const platform = pusher.string(start.platform);
  const random = pusher.bytes(start.random);

  const vector = auxiliaryVector(start, elf, { platform, random, execfn });
  mm.auxv = Uint8Array.from(new Uint8Array(Uint32Array.from(vector).buffer));
  const words = [argv.length, ...argv, 0, ...envp, 0, ...vector];
  pusher.at = ((pusher.at - 4 * words.length) & ~15) >>> 0;
  mm.layout.startStack = pusher.at;
  pusher.ok &&= mm.writeBytes(pusher.at, new Uint8Array(Uint32Array.from(words).buffer));
  return pusher.ok ? pusher.at : -EFAULT;
}

function auxiliaryVector(
  start: ProgramStart,
  elf: ElfFacts,
  at: { platform: number; random: number; execfn: number },
): number[] {
  const rows: [number, number][] = [
    [AT_HWCAP, start.hwcap],
    [AT_PAGESZ, PAGE_SIZE],
    [AT_CLKTCK, USER_HZ],
    [AT_PHDR, elf.phdr],
    [AT_PHENT, elf.phent],
    [AT_PHNUM, elf.phnum],
    [AT_BASE, elf.base],
    [AT_FLAGS, 0],
    [AT_ENTRY, elf.entry],
    [AT_UID, start.ids.uid],
    [AT_EUID, start.ids.euid],
    [AT_GID, start.ids.gid],
    [AT_EGID, start.ids.egid],
    [AT_SECURE, start.secure ? 1 : 0],
    [AT_RANDOM, at.random],
    [AT_EXECFN, at.execfn],
    [AT_PLATFORM, at.platform],
    [AT_NULL, 0],
  ];
  return rows.flat();
}

/** Pushes strings down the stack. */
class Pusher {
  /** Lowest address used so far. */
  at: number;
  ok = true;
  readonly #mm: Mm;

  constructor(mm: Mm, top: number) {
    this.#mm = mm;
    this.at = top;
  }

  bytes(data: Uint8Array): number {
    this.at -= data.length;
    this.ok &&= this.#mm.writeBytes(this.at, data);
    return this.at;
  }

  string(text: string): number {
    return this.bytes(fromLatin1(`${text}\0`));
  }
}
