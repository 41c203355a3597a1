/** ELF32 programs: headers, segments, interpreter. System V ABI, Intel386 supplement; Linux fs/binfmt_elf.c. */
import { PAGE_MASK, PAGE_SIZE } from '../../cpu/ram.ts';
import { latin1 } from '../bytes.ts';
import { EINVAL, ELIBBAD, ENOEXEC, ENOMEM } from '../errno.ts';
import type { File } from '../fd/file.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import { ELF_DYN_BASE, SIGPAGE, SIGPAGE_CODE, STACK_TOP, TASK_SIZE } from './layout.ts';
import { Mm } from './mm.ts';
import { buildStack, type ProgramStart } from './stack.ts';
import { VM_EXEC, VM_GROWSDOWN, VM_READ, VM_SIGPAGE, VM_STACK, VM_WRITE } from './vma.ts';

const ET_EXEC = 2;
const ET_DYN = 3;
const EM_386 = 3;
const PT_LOAD = 1;
const PT_INTERP = 3;
const PF_X = 1;
const PF_W = 2;
const PF_R = 4;
const EHDR_SIZE = 52;
const PHDR_SIZE = 32;
/** As Linux: all program headers fit in one page. */
const MAX_PHNUM = PAGE_SIZE / PHDR_SIZE;
/** The stack's area at the start, as Linux's setup_arg_pages leaves it: 128 KiB and a page. */
const INITIAL_STACK = 33 * PAGE_SIZE;

interface ProgramHeader {
  readonly type: number;
  readonly offset: number;
  readonly vaddr: number;
  readonly filesz: number;
  readonly memsz: number;
  readonly flags: number;
}

interface Elf {
  readonly type: number;
  readonly entry: number;
  readonly phoff: number;
  readonly headers: readonly ProgramHeader[];
}

/** `length` bytes of a file at `offset`; null when it is shorter, not mappable, or RAM is exhausted. */
export function readExactly(kernel: Kernel, file: File, offset: number, length: number): Uint8Array | null {
  const inode = file.mappable();
  if (inode === null || offset + length > inode.size) return null;
  const data = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const at = offset + done;
    const frame = inode.pageFrame(Math.floor(at / PAGE_SIZE));
    if (frame < 0) return null;
    const from = at & PAGE_MASK;
    const n = Math.min(length - done, PAGE_SIZE - from);
    data.set(kernel.frames.bytes(frame).subarray(from, from + n), done);
    done += n;
  }
  return data;
}

/** The headers of an i386 program or shared object, or -ENOEXEC. */
function parse(kernel: Kernel, file: File): Elf | number {
  const bytes = readExactly(kernel, file, 0, EHDR_SIZE);
  if (bytes === null || latin1(bytes.subarray(0, 4)) !== '\x7fELF') return -ENOEXEC;
  const header = new DataView(bytes.buffer);
  const [elfClass, data] = [bytes[4], bytes[5]];
  const type = header.getUint16(16, true);
  const phoff = header.getUint32(28, true);
  const phnum = header.getUint16(44, true);
  if (elfClass !== 1 || data !== 1 || header.getUint16(18, true) !== EM_386) return -ENOEXEC;
  if (type !== ET_EXEC && type !== ET_DYN) return -ENOEXEC;
  if (header.getUint16(42, true) !== PHDR_SIZE || phnum === 0 || phnum > MAX_PHNUM) return -ENOEXEC;
  const table = readExactly(kernel, file, phoff, phnum * PHDR_SIZE);
  if (table === null) return -ENOEXEC;
  const view = new DataView(table.buffer);
  const headers = Array.from({ length: phnum }, (_, i) => programHeader(view, i * PHDR_SIZE));
  return { type, entry: header.getUint32(24, true), phoff, headers };
}

function programHeader(view: DataView, at: number): ProgramHeader {
  const word = (offset: number): number => view.getUint32(at + offset, true);
  return { type: word(0), offset: word(4), vaddr: word(8), filesz: word(16), memsz: word(20), flags: word(24) };
}

const pageFloor = (n: number): number => n - (n % PAGE_SIZE);
const pageCeil = (n: number): number => pageFloor(n + PAGE_MASK);

/** Bytes from the first page to the last of all PT_LOAD segments. */
function span(elf: Elf): { start: number; end: number } | null {
  const loads = elf.headers.filter((h) => h.type === PT_LOAD && h.memsz > 0);
  if (loads.length === 0) return null;
  const start = Math.min(...loads.map((h) => pageFloor(h.vaddr)));
  return { start, end: Math.max(...loads.map((h) => pageCeil(h.vaddr + h.memsz))) };
}

/** Maps one segment at `bias`; a negated errno when it cannot be. */
function mapSegment(mm: Mm, file: File, header: ProgramHeader, bias: number): number {
  const start = header.vaddr + bias;
  const skew = start & PAGE_MASK;
  if ((header.offset & PAGE_MASK) !== skew || header.filesz > header.memsz) return -EINVAL;
  const fileEnd = start + header.filesz;
  const end = pageCeil(start + header.memsz);
  if (end > TASK_SIZE || !mm.isFree(start - skew, end)) return -ENOMEM;
  const flags =
    (header.flags & PF_R ? VM_READ : 0) | (header.flags & PF_W ? VM_WRITE : 0) | (header.flags & PF_X ? VM_EXEC : 0);
  const mapped = header.filesz > 0 ? pageCeil(fileEnd) : start - skew;
  if (header.filesz > 0) {
    mm.insert({ start: start - skew, end: mapped, flags, pgoff: (header.offset - skew) / PAGE_SIZE, file });
    // The rest of the last file page is the start of .bss.
    if (header.memsz > header.filesz && flags & VM_WRITE && !mm.zero(fileEnd, mapped - fileEnd)) return -ENOMEM;
  }
  if (end > mapped) mm.insert({ start: mapped, end, flags, pgoff: 0, file: null });
  return 0;
}

/** Maps all segments; returns the bias, or a negated errno. */
function mapElf(mm: Mm, file: File, elf: Elf, preferred: number): number {
  const range = span(elf);
  if (range === null) return -ENOEXEC;
  let bias = 0;
  if (elf.type === ET_DYN) {
    const base = preferred > 0 ? preferred : mm.findGap(range.end - range.start);
    if (base < 0) return -ENOMEM;
    bias = base - range.start;
  }
  for (const header of elf.headers) {
    if (header.type !== PT_LOAD || header.memsz === 0) continue;
    const error = mapSegment(mm, file, header, bias);
    if (error < 0) return error;
  }
  return bias;
}

function interpreterPath(kernel: Kernel, file: File, elf: Elf): string | number | null {
  const header = elf.headers.find((h) => h.type === PT_INTERP);
  if (header === undefined) return null;
  if (header.filesz < 2 || header.filesz > 4096) return -ENOEXEC;
  const bytes = readExactly(kernel, file, header.offset, header.filesz);
  if (bytes === null || bytes[bytes.length - 1] !== 0) return -ENOEXEC;
  return latin1(bytes.subarray(0, bytes.indexOf(0)));
}

/** What {@link loadElf} runs. */
export interface Program extends ProgramStart {
  readonly file: File;
  /** RLIMIT_STACK in bytes. */
  readonly stackLimit: number;
  /** Opens the PT_INTERP path for execution: the file, or a negated errno. */
  openInterpreter(path: string): File | number;
}

export interface Loaded {
  readonly mm: Mm;
  readonly eip: number;
  readonly esp: number;
}

/**
 * Builds the address space of a program: segments, interpreter, stack with arguments and auxiliary vector, trampolines.
 * The caller's own address space is untouched, so a failed exec returns to it.
 * @returns the new Mm (refs 0) with the first instruction and stack pointer, or a negated errno
 */
export function loadElf(kernel: Kernel, program: Program): Loaded | number {
  const elf = parse(kernel, program.file);
  if (typeof elf === 'number') return elf;
  const path = interpreterPath(kernel, program.file, elf);
  if (typeof path === 'number') return path;
  const interpreter = path === null ? null : program.openInterpreter(path);
  if (typeof interpreter === 'number') return interpreter;
  if (interpreter !== null) get(interpreter);
  const mm = Mm.create(kernel);
  const result = mm === null ? -ENOMEM : fill(kernel, mm, program, elf, interpreter);
  if (interpreter !== null) put(interpreter);
  if (typeof result === 'number' && mm !== null) put(get(mm));
  return result;
}

function fill(kernel: Kernel, mm: Mm, program: Program, elf: Elf, interpreter: File | null): Loaded | number {
  mm.exe = get(program.file);
  const bias = mapElf(mm, program.file, elf, ELF_DYN_BASE);
  if (bias < 0) return bias;
  const entry = elf.entry + bias;
  let base = 0;
  let eip = entry;
  if (interpreter !== null) {
    const linker = parse(kernel, interpreter);
    if (typeof linker === 'number') return -ELIBBAD;
    base = mapElf(mm, interpreter, linker, 0);
    if (base < 0) return base;
    eip = linker.entry + base;
  }
  if (eip >= TASK_SIZE || entry >= TASK_SIZE) return -EINVAL;
  noteLayout(mm, elf, bias);
  if (!addStack(mm, program) || !addTrampolines(mm)) return -ENOMEM;
  const phdr = programHeaderAddress(elf, bias);
  const esp = buildStack(mm, program, { phdr, phent: PHDR_SIZE, phnum: elf.headers.length, base, entry });
  return esp < 0 ? esp : { mm, eip, esp };
}

function programHeaderAddress(elf: Elf, bias: number): number {
  const holder = elf.headers.find(
    (h) => h.type === PT_LOAD && h.offset <= elf.phoff && elf.phoff < h.offset + h.filesz,
  );
  return holder === undefined ? 0 : elf.phoff - holder.offset + holder.vaddr + bias;
}

function noteLayout(mm: Mm, elf: Elf, bias: number): void {
  const loads = elf.headers.filter((h) => h.type === PT_LOAD);
  const text = loads.filter((h) => h.flags & PF_X);
  const ends = (list: readonly ProgramHeader[]): number => Math.max(0, ...list.map((h) => h.vaddr + h.filesz)) + bias;
  const starts = (list: readonly ProgramHeader[]): number =>
    Math.min(...list.map((h) => h.vaddr), TASK_SIZE - bias) + bias;
  const brk = pageCeil(Math.max(...loads.map((h) => h.vaddr + h.memsz)) + bias);
  Object.assign(mm.layout, {
    startCode: starts(text),
    endCode: ends(text),
    startData: Math.max(...loads.map((h) => h.vaddr)) + bias,
    endData: ends(loads),
    startBrk: brk,
    brk,
  });
}

function addStack(mm: Mm, program: Program): boolean {
  mm.stackLimit = program.stackLimit;
  const start = STACK_TOP - INITIAL_STACK;
  if (!mm.isFree(start, STACK_TOP)) return false;
  const flags = VM_READ | VM_WRITE | VM_GROWSDOWN | VM_STACK;
  mm.insert({ start, end: STACK_TOP, flags, pgoff: 0, file: null });
  return true;
}

function addTrampolines(mm: Mm): boolean {
  if (!mm.isFree(SIGPAGE, SIGPAGE + PAGE_SIZE)) return false;
  const writable = VM_READ | VM_WRITE | VM_EXEC;
  mm.insert({ start: SIGPAGE, end: SIGPAGE + PAGE_SIZE, flags: writable | VM_SIGPAGE, pgoff: 0, file: null });
  const written = mm.writeBytes(SIGPAGE, Uint8Array.from(SIGPAGE_CODE));
  mm.protect(SIGPAGE, SIGPAGE + PAGE_SIZE, VM_READ | VM_EXEC);
  return written;
}
